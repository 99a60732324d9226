/**
 * Changes of captured tables to the records that Debezium 3.7 writes: key and value as JSON without schemas, in
 * Debezium's key order, tombstone after a delete, key change as delete + tombstone + create.
 * https://debezium.io/documentation/reference/3.7/connectors/postgresql.html#postgresql-events
 * Each row record carries two headers of our own, `commit_lsn` and `tx_index`: together they identify a change, which
 * nothing in Debezium's envelope does (several rows of one statement can share an LSN).
 */
import { type EpochMillis, epochMillis, type Operation } from '../domain/index.ts';
import type { Headers, NewRecord } from '../kafka/index.ts';
import type { Lsn } from './lsn.ts';
import { type ColumnText, type OldTuple, type Tuple, UNCHANGED_TOAST } from './pgoutput.ts';
import { encodeKey, encodeRow, type TableEncoder } from './table-encoder.ts';

export const COMMIT_LSN_HEADER = 'commit_lsn';
export const TX_INDEX_HEADER = 'tx_index';

/** The release whose envelope is written; part of every record. */
const DEBEZIUM_VERSION = '3.7.0.Final';

export interface EnvelopeSettings {
  /** First part of the topic names and Debezium's logical server name. */
  readonly topicPrefix: string;
  readonly database: string;
  /** Names one run of the capture. */
  readonly runId: string;
}

export type SnapshotMark = 'first' | 'first_in_data_collection' | 'true' | 'last_in_data_collection' | 'last';

/** Where and when a change happened. */
export interface ChangeSource {
  /** Start of the commit record, or the position of the snapshot. */
  readonly commitLsn: Lsn;
  /** Microseconds since 1970-01-01 UTC. */
  readonly commitMicros: bigint;
  readonly txId: number;
  /** Index of the first of the change's row records in its transaction, from 0. */
  readonly txIndex: number;
  /** Position of the change itself. */
  readonly lsn: Lsn;
  /** End of the commit before this transaction; null where none was seen. */
  readonly lastCommitEnd: Lsn | null;
  readonly snapshot: SnapshotMark | null;
  readonly origin: { readonly name: string; readonly lsn: Lsn } | null;
}

export type RowChange =
  | { readonly kind: 'read'; readonly new: Tuple }
  | { readonly kind: 'insert'; readonly new: Tuple }
  | { readonly kind: 'update'; readonly old: OldTuple | null; readonly new: Tuple }
  | { readonly kind: 'delete'; readonly old: OldTuple }
  | { readonly kind: 'truncate' };

/** The records of one change and how many indexes of its transaction they take. */
export interface ChangeRecords {
  readonly records: readonly NewRecord[];
  readonly rowRecords: number;
}

/** Builds the records of one change. `now` is the time of capture. Partitions are left to the key. */
export function changeRecords(
  table: TableEncoder,
  change: RowChange,
  source: ChangeSource,
  settings: EnvelopeSettings,
  now: EpochMillis,
): ChangeRecords {
  const topic = `${settings.topicPrefix}.${table.schema}.${table.name}`;
  const context = contextHeaders(settings);
  const row = (
    op: Operation,
    key: string | null,
    images: { before: string; after: string },
    txIndex: number,
    extra: Headers = [],
  ): NewRecord => ({
    topic,
    timestamp: now,
    key: key === null ? null : Buffer.from(key),
    value: Buffer.from(envelopeJson(op, images, table, source, settings, now)),
    headers: [
      ...extra,
      ...context,
      [COMMIT_LSN_HEADER, Buffer.from(source.commitLsn.toString())],
      [TX_INDEX_HEADER, Buffer.from(String(txIndex))],
    ],
  });
  // Debezium writes one also where there is no key, and it says nothing.
  const tombstone = (key: string | null, extra: Headers = []): NewRecord => ({
    topic,
    timestamp: now,
    key: key === null ? null : Buffer.from(key),
    value: null,
    headers: [...extra, ...context],
  });
  const { txIndex } = source;

  switch (change.kind) {
    case 'read':
    case 'insert': {
      const images = { before: 'null', after: encodeRow(table, change.new, 'full') };
      const op = change.kind === 'read' ? 'r' : 'c';
      return { records: [row(op, encodeKey(table, change.new), images, txIndex)], rowRecords: 1 };
    }
    case 'delete': {
      const key = encodeKey(table, change.old.values);
      const images = { before: encodeRow(table, change.old.values, change.old.content), after: 'null' };
      const deleted = row('d', key, images, txIndex);
      return { records: [deleted, tombstone(key)], rowRecords: 1 };
    }
    case 'truncate':
      return { records: [row('t', null, { before: 'null', after: 'null' }, txIndex)], rowRecords: 1 };
    case 'update': {
      const values = withUnchangedFrom(change.old, change.new);
      const before = change.old === null ? 'null' : encodeRow(table, change.old.values, change.old.content);
      const after = encodeRow(table, values, 'full');
      const key = encodeKey(table, values);
      const oldKey =
        change.old !== null && table.identityCoversKey ? encodeKey(table, change.old.values) : key;
      if (key === null || oldKey === null || oldKey === key) {
        return { records: [row('u', key, { before, after }, txIndex)], rowRecords: 1 };
      }
      const newKeyHeader: Headers = [['__debezium.newkey', Buffer.from(key)]];
      const oldKeyHeader: Headers = [['__debezium.oldkey', Buffer.from(oldKey)]];
      return {
        records: [
          row('d', oldKey, { before, after: 'null' }, txIndex, newKeyHeader),
          tombstone(oldKey, newKeyHeader),
          row('c', key, { before: 'null', after }, txIndex + 1, oldKeyHeader),
        ],
        rowRecords: 2,
      };
    }
  }
}

/** Under FULL the old row carries what the update left alone. */
function withUnchangedFrom(old: OldTuple | null, values: Tuple): Tuple {
  if (old === null || old.content !== 'full' || !values.includes(UNCHANGED_TOAST)) {
    return values;
  }
  return values.map((value, i): ColumnText => (value === UNCHANGED_TOAST ? (old.values[i] ?? null) : value));
}

function contextHeaders(settings: EnvelopeSettings): Headers {
  const cached = contextHeadersOf.get(settings);
  if (cached !== undefined) {
    return cached;
  }
  const headers: Headers = [
    ['__debezium.context.connectorLogicalName', Buffer.from(settings.topicPrefix)],
    ['__debezium.context.taskId', Buffer.from('0')],
    ['__debezium.context.connectorName', Buffer.from('postgresql')],
    ['__debezium.context.runId', Buffer.from(settings.runId)],
  ];
  contextHeadersOf.set(settings, headers);
  return headers;
}

const contextHeadersOf = new WeakMap<EnvelopeSettings, Headers>();

function envelopeJson(
  op: Operation,
  images: { readonly before: string; readonly after: string },
  table: TableEncoder,
  source: ChangeSource,
  settings: EnvelopeSettings,
  now: EpochMillis,
): string {
  const lastCommit = source.lastCommitEnd === null ? 'null' : `\\"${source.lastCommitEnd}\\"`;
  const sequence = `"[${lastCommit},\\"${source.lsn}\\"]"`;
  const snapshot = source.snapshot === null ? 'null' : `"${source.snapshot}"`;
  const origin = source.origin === null ? 'null' : JSON.stringify(source.origin.name);
  const originLsn = source.origin === null ? 'null' : source.origin.lsn;
  return (
    `{"before":${images.before},"after":${images.after},` +
    `"source":{"version":"${DEBEZIUM_VERSION}","connector":"postgresql","name":${JSON.stringify(settings.topicPrefix)},` +
    `"ts_ms":${commitMillis(source)},"snapshot":${snapshot},"db":${JSON.stringify(settings.database)},` +
    `"sequence":${sequence},"ts_us":${source.commitMicros},"ts_ns":${source.commitMicros}000,` +
    `"schema":${table.schemaJson},"table":${table.nameJson},"txId":${source.txId},"lsn":${source.lsn},` +
    `"xmin":null,"origin":${origin},"origin_lsn":${originLsn}},` +
    `"transaction":null,"op":"${op}","ts_ms":${now},"ts_us":${now}000,"ts_ns":${now}000000}`
  );
}

function commitMillis(source: ChangeSource): EpochMillis {
  return epochMillis(Number(source.commitMicros / 1000n));
}
