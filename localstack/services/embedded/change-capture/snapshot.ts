import type pg from 'pg';
import {
  ChangeWriter,
  type EnvelopeSettings,
  type Lsn,
  type SnapshotMark,
  type Table,
  type TableEncoder,
  type TransactionSource,
  type Tuple,
  tableEncoder,
} from '../../../../shared/cdc/index.ts';
import type { EpochMillis } from '../../../../shared/domain/index.ts';
import type { NewRecord } from '../../../../shared/kafka/index.ts';
import { queryRows } from './database-session.ts';

/** Rows done and rows expected: `total` is Postgres' estimate until the last row is read. */
export interface SnapshotProgress {
  readonly rows: number;
  readonly total: number;
}

export interface SnapshotOptions {
  readonly tables: readonly Table[];
  /** Exported by the creation of the slot. */
  readonly snapshotName: string;
  /**
   * Log position before the slot was created and after an earlier one was gone: below every change of the new slot's
   * stream and above every change of an earlier one, so it orders snapshot rows between the two.
   */
  readonly snapshotLsn: Lsn;
  readonly settings: EnvelopeSettings;
  readonly now: () => EpochMillis;
  /** Stores one chunk before the next is taken. */
  readonly store: (records: readonly NewRecord[]) => Promise<void>;
  readonly onProgress: (progress: SnapshotProgress) => void;
  readonly signal: AbortSignal;
}

/** Rows fetched, encoded and stored at a time; bounds the memory of a snapshot. */
const CHUNK_ROWS = 4000;

/**
 * Reads every row of the tables as the exported snapshot shows them, in primary-key order, marked as Debezium marks
 * them: first, first of its table, true, last of its table, last. Returns the number of rows.
 */
export async function takeSnapshot(client: pg.Client, options: SnapshotOptions): Promise<number> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  try {
    await client.query(`SET TRANSACTION SNAPSHOT ${client.escapeLiteral(options.snapshotName)}`);
    return await readTables(client, options);
  } finally {
    await client.query('COMMIT').catch(() => {
      // The session is lost, and the transaction with it; the reason is already under way.
    });
  }
}

async function readTables(client: pg.Client, options: SnapshotOptions): Promise<number> {
  const [clock] = await queryRows(
    client,
    'SELECT (extract(epoch FROM now()) * 1000000)::bigint, txid_snapshot_xmax(txid_current_snapshot())',
  );
  const commitMicros = BigInt(clock![0]!);
  const txId = Number(clock![1] ?? 0);
  let total = await estimateRows(client, options.tables);
  let rows = 0;
  /** The last row is held back, because only its successor tells how it is marked. */
  let held: { table: TableEncoder; values: Tuple; firstOfTable: boolean } | null = null;
  let chunk: NewRecord[] = [];
  const writer = new ChangeWriter(options.settings);
  const marked = new Map<SnapshotMark, TransactionSource>();
  const transactionOf = (snapshot: SnapshotMark): TransactionSource => {
    const { snapshotLsn: commitLsn } = options;
    const source: TransactionSource = marked.get(snapshot) ?? {
      commitLsn,
      commitMicros,
      txId,
      lastCommitEnd: null,
      snapshot,
      origin: null,
    };
    marked.set(snapshot, source);
    return source;
  };

  const release = (isLastOfTable: boolean, isLast: boolean) => {
    if (held === null) {
      return;
    }
    const mark = markOf(rows === 0, held.firstOfTable, isLastOfTable, isLast);
    const source = { transaction: transactionOf(mark), txIndex: rows, lsn: options.snapshotLsn };
    const change = { kind: 'read', new: held.values } as const;
    writer.write(held.table, change, source, options.now(), chunk);
    rows++;
    held = null;
  };

  for (const table of options.tables) {
    const encoder = tableEncoder(table);
    let firstOfTable = true;
    for await (const fetched of chunksOf(client, table)) {
      options.signal.throwIfAborted();
      for (const values of fetched) {
        release(firstOfTable, false);
        held = { table: encoder, values, firstOfTable };
        firstOfTable = false;
      }
      await options.store(chunk);
      chunk = [];
      total = Math.max(total, rows);
      options.onProgress({ rows, total });
    }
  }
  release(true, true);
  await options.store(chunk);
  options.onProgress({ rows, total: rows });
  return rows;
}

function markOf(first: boolean, firstOfTable: boolean, lastOfTable: boolean, last: boolean): SnapshotMark {
  if (last) {
    return 'last';
  }
  if (lastOfTable) {
    return 'last_in_data_collection';
  }
  if (first) {
    return 'first';
  }
  return firstOfTable ? 'first_in_data_collection' : 'true';
}

/** A cursor's chunks; the next one is under way while the caller works on the last. */
async function* chunksOf(client: pg.Client, table: Table): AsyncGenerator<Tuple[]> {
  const name = (text: string) => client.escapeIdentifier(text);
  const columns = table.columns.map((column) => name(column.name)).join(', ') || 'NULL';
  const order = table.primaryKey.map((index) => name(table.columns[index]!.name)).join(', ');
  // Partitions and children of a plain table are published by themselves.
  const only = (await isPartitioned(client, table)) ? '' : 'ONLY ';
  await client.query(
    `DECLARE snapshot_rows NO SCROLL CURSOR FOR SELECT ${columns}
       FROM ${only}${qualifiedName(client, table)}${order === '' ? '' : ` ORDER BY ${order}`}`,
  );
  const fetch = () => queryRows(client, `FETCH ${CHUNK_ROWS} FROM snapshot_rows`);
  let next = fetch();
  try {
    for (let rows = await next; rows.length > 0; rows = await next) {
      next = fetch();
      yield rows;
    }
  } finally {
    // Where the caller gives up, a fetch is still under way and must not meet the next query.
    await next.catch(() => {});
  }
  await client.query('CLOSE snapshot_rows');
}

async function isPartitioned(client: pg.Client, table: Table): Promise<boolean> {
  const [row] = await queryRows(client, "SELECT relkind = 'p' FROM pg_class WHERE oid = $1::regclass", [
    qualifiedName(client, table),
  ]);
  return row?.[0] === 't';
}

function qualifiedName(client: pg.Client, table: Pick<Table, 'schema' | 'name'>): string {
  return `${client.escapeIdentifier(table.schema)}.${client.escapeIdentifier(table.name)}`;
}

async function estimateRows(client: pg.Client, tables: readonly Table[]): Promise<number> {
  let total = 0;
  for (const table of tables) {
    const [row] = await queryRows(
      client,
      'SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = $1::regclass',
      [qualifiedName(client, table)],
    );
    total += Number(row?.[0] ?? 0);
  }
  return total;
}
