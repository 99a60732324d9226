/** For tests: writers that share one table, each committing numbered turns exactly once in effect. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { PlatformError } from '../errors.ts';
import {
  batchOfRows,
  field,
  loadSnapshot,
  type ObjectStore,
  openTable,
  readSnapshot,
  rowsOfBatch,
  schemaOf,
  txnVersion,
} from '../lake/index.ts';
import { openFolderStore } from './fs-object-store.ts';
import { openS3ObjectStore, type S3ObjectStoreOptions } from './s3-object-store.ts';

/** A store that several processes can open. */
export type SharedStore = { readonly folder: string } | { readonly s3: S3ObjectStoreOptions };

export function openSharedStore(shared: SharedStore): Promise<ObjectStore> {
  return 'folder' in shared ? openFolderStore(shared.folder) : openS3ObjectStore(shared.s3);
}

const TABLE = 'shared';
const SCHEMA = schemaOf(field('writer', 'string'), field('turn', 'integer'));

/** Appends one row per turn; a turn that failed, or whose fate is unknown, is tried again while that may help. */
export async function commitTurns(
  store: ObjectStore,
  writer: number,
  turns: number,
  onCommitted: () => void = () => undefined,
): Promise<void> {
  const table = openTable(store, TABLE, {
    now: Date.now,
    newId: randomUUID,
    random: Math.random,
    sleep: async (ms) => {
      await sleep(ms);
    },
  });
  for (let turn = 0; turn < turns; ) {
    try {
      const outcome = await table.append({
        schema: SCHEMA,
        batches: [batchOfRows(SCHEMA, [{ writer: `${writer}`, turn }])],
        txns: [{ appId: appId(writer), version: turn, expected: turn === 0 ? null : turn - 1 }],
      });
      if (outcome.outcome === 'superseded' && outcome.storedVersion !== turn) {
        throw new Error(`turn ${turn} of writer ${writer}: ${JSON.stringify(outcome)}`);
      }
      turn += 1;
      onCommitted();
    } catch (error) {
      if (!(error instanceof PlatformError) || !error.retryable) throw error;
    }
  }
}

export interface WrittenTurns {
  readonly version: number;
  /** Commits in the log. */
  readonly commits: number;
  /** `<writer>/<turn>` of each row, sorted. */
  readonly rows: readonly string[];
  /** Stored transaction version of each writer. */
  readonly txns: readonly (number | null)[];
}

export async function readTurns(store: ObjectStore, writers: number): Promise<WrittenTurns> {
  const snapshot = await loadSnapshot(store, TABLE);
  const log = await store.list(`${TABLE}/_delta_log/`);
  const rows: string[] = [];
  for await (const batch of readSnapshot(store, snapshot)) {
    for (const row of rowsOfBatch(batch)) rows.push(`${row.writer}/${row.turn}`);
  }
  return {
    version: snapshot.version,
    commits: log.filter(({ path }) => path.endsWith('.json')).length,
    rows: rows.sort(),
    txns: Array.from({ length: writers }, (_, writer) => txnVersion(snapshot, appId(writer))),
  };
}

/** What `readTurns` gives when versions are contiguous, no row is lost and none is there twice. */
export function everyTurnOnce(writers: number, turns: number): WrittenTurns {
  const numbers = Array.from({ length: writers }, (_, writer) => writer);
  return {
    version: writers * turns - 1,
    commits: writers * turns,
    rows: numbers.flatMap((writer) => Array.from({ length: turns }, (_, turn) => `${writer}/${turn}`)).sort(),
    txns: numbers.map(() => turns - 1),
  };
}

function appId(writer: number): string {
  return `writer/${writer}`;
}
