import type pg from 'pg';
import { type EnvelopeSettings, parseLsn, type Table } from '../../../../shared/cdc/index.ts';
import { epochMillis } from '../../../../shared/domain/index.ts';
import type { Logger } from '../../../../shared/runtime/logger.ts';
import { type CapturePosition, type CaptureSource, encodePosition } from './capture-position.ts';
import { Catalog } from './catalog.ts';
import type { ChangeSink } from './change-sink.ts';
import { queryRows } from './database-session.ts';
import { createSlot } from './slot.ts';
import { type SnapshotProgress, takeSnapshot } from './snapshot.ts';

export interface StoreSnapshotOptions {
  readonly client: pg.Client;
  /** Creates the slot; must stay silent until all rows are read, or the exported snapshot is gone. */
  readonly replication: pg.Client;
  readonly source: CaptureSource;
  readonly slot: string;
  readonly publication: string;
  /** `schema.table` names; tables that are not named come last. */
  readonly order: readonly string[];
  readonly settings: EnvelopeSettings;
  readonly sink: ChangeSink;
  readonly now: () => number;
  readonly log: Logger;
  readonly onProgress: (progress: SnapshotProgress) => void;
  readonly onStored: (records: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Creates the slot and stores every row that it will not stream. Only the last append calls the snapshot done, so one
 * that ends early is taken again whole.
 */
export async function storeSnapshot(options: StoreSnapshotOptions): Promise<CapturePosition> {
  const { client, replication, sink, log } = options;
  const startedAt = performance.now();
  const [before] = await queryRows(client, 'SELECT pg_current_wal_insert_lsn()');
  const snapshotLsn = parseLsn(before![0]!);
  const { consistentPoint, snapshotName } = await createSlot(replication, options.slot);
  const underWay: CapturePosition = {
    source: options.source,
    snapshotDone: false,
    commitLsn: snapshotLsn,
    safeLsn: consistentPoint,
    lastCommitEnd: null,
    partial: null,
  };
  const rows = await takeSnapshot(client, {
    tables: await tablesInOrder(new Catalog(client), options),
    snapshotName,
    snapshotLsn,
    settings: options.settings,
    now: () => epochMillis(options.now()),
    store: async (records) => {
      if (records.length > 0) {
        await sink.append(records, encodePosition(underWay));
        options.onStored(records.length);
      }
    },
    onProgress: options.onProgress,
    signal: options.signal,
  });
  const done: CapturePosition = { ...underWay, snapshotDone: true };
  await sink.append([], encodePosition(done));
  log.log('info', 'snapshot stored', { rows, ms: Math.round(performance.now() - startedAt) });
  return done;
}

async function tablesInOrder(
  catalog: Catalog,
  { publication, order }: Pick<StoreSnapshotOptions, 'publication' | 'order'>,
): Promise<Table[]> {
  const published = await catalog.publishedTables(publication);
  const place = ({ schema, name }: { schema: string; name: string }) => {
    const index = order.indexOf(`${schema}.${name}`);
    return index < 0 ? order.length : index;
  };
  const tables: Table[] = [];
  for (const { oid } of published.sort((a, b) => place(a) - place(b))) {
    tables.push(await catalog.table(oid));
  }
  return tables;
}
