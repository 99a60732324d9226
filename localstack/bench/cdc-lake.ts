import { stat } from 'node:fs/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import type pg from 'pg';
import { commitPath, loadSnapshot, type ObjectStore } from '../../shared/lake/index.ts';
import type { ChangeCounts, ChangedTable } from './cdc-workload.ts';

export const CHANGED_TABLES: readonly ChangedTable[] = ['orders', 'order_items'];

/** One version of a table of the lakehouse. */
export interface LakeCommit {
  /** Milliseconds since 1970: when the version came to be in the store. */
  readonly at: number;
  readonly rows: number;
  /** URIs of the data files that it added. */
  readonly files: readonly string[];
}

/** Reads the commits of `raw/orders` and `raw/order_items` as they come. */
export class LakeFollower {
  readonly #store: ObjectStore;
  readonly #folder: string;
  readonly #nextVersions = new Map<ChangedTable, number>(CHANGED_TABLES.map((table) => [table, 0]));
  readonly commits: LakeCommit[] = [];
  rows = 0;

  constructor(store: ObjectStore, folder: string) {
    this.#store = store;
    this.#folder = folder;
  }

  /** Takes in what was committed since the last call. */
  async follow(): Promise<void> {
    for (const table of CHANGED_TABLES) {
      const path = `raw/${table}`;
      for (let version = this.#nextVersions.get(table) ?? 0; ; version += 1) {
        const bytes = await this.#store.get(commitPath(path, version));
        this.#nextVersions.set(table, version);
        if (bytes === null) break;
        const { ctimeMs } = await stat(`${this.#folder}/${commitPath(path, version)}`);
        this.#take(Buffer.from(bytes).toString(), path, ctimeMs);
      }
    }
  }

  #take(log: string, path: string, at: number): void {
    let rows = 0;
    const files: string[] = [];
    for (const line of log.trimEnd().split('\n')) {
      const { add } = JSON.parse(line) as { add?: { path: string; stats: string } };
      if (add === undefined) continue;
      files.push(this.#store.uri(`${path}/${add.path}`));
      rows += (JSON.parse(add.stats) as { numRecords: number }).numRecords;
    }
    this.commits.push({ at, rows, files });
    this.rows += rows;
  }
}

/** Reads the tables back with DuckDB, an engine that shares no code with the writer. */
export class LakeChecker {
  readonly #store: ObjectStore;
  readonly #database: DuckDBInstance;

  private constructor(store: ObjectStore, database: DuckDBInstance) {
    this.#store = store;
    this.#database = database;
  }

  static async open(store: ObjectStore): Promise<LakeChecker> {
    return new LakeChecker(
      store,
      await DuckDBInstance.create(':memory:', { memory_limit: '1GB', threads: '2' }),
    );
  }

  /** What is wrong with the tables, or an empty list: every change once, and the rows that follow from them those of the shop. */
  async problems(counts: ChangeCounts, shop: pg.Client): Promise<readonly string[]> {
    const problems: string[] = [];
    for (const table of CHANGED_TABLES) {
      const snapshot = await loadSnapshot(this.#store, `raw/${table}`);
      const files = [...snapshot.files].map(({ path }) => this.#store.uri(`raw/${table}/${path}`));
      const { c, u, d } = counts[table];
      const expected = { rows: c + u + d, changes: c + u + d, c, u, d };
      const found = await this.#first(`
        select count(*) as rows, count(distinct (_commit_lsn, _tx_index)) as changes,
          count(*) filter (_op = 'c') as c, count(*) filter (_op = 'u') as u, count(*) filter (_op = 'd') as d
        from ${parquet(files)}`);
      if (asText(found) !== asText(expected))
        problems.push(`raw/${table} has ${asText(found)}, the shop made ${asText(expected)}`);
      const left = await this.#first(`
        select ${SUMS[table]} from (
          select *, row_number() over (partition by ${KEYS[table]} order by _commit_lsn desc, _tx_index desc) as age
          from ${parquet(files)}) where age = 1 and _op <> 'd'`);
      const { rows } = await shop.query<Record<string, unknown>>(`select ${SUMS[table]} from ${table}`);
      if (asText(left) !== asText(rows[0] ?? {}))
        problems.push(`the changes of ${table} leave ${asText(left)}, the shop has ${asText(rows[0] ?? {})}`);
    }
    return problems;
  }

  /** Milliseconds from a change's commit in Postgres to its version in the lake, over all rows of the commits. */
  async lagMs(commits: readonly LakeCommit[]): Promise<{ readonly p50: number; readonly p95: number }> {
    const connection = await this.#database.connect();
    await connection.run('create or replace temp table committed (file varchar, committed_at double)');
    const appender = await connection.createAppender('committed');
    for (const { at, files } of commits) {
      for (const file of files) {
        appender.appendVarchar(file);
        appender.appendDouble(at);
        appender.endRow();
      }
    }
    appender.closeSync();
    const { p50, p95 } = await this.#first(
      `select quantile_disc(lag, 0.5) as p50, quantile_disc(lag, 0.95) as p95 from (
         select committed_at - epoch_ms(_ts) as lag
         from ${parquet(
           commits.flatMap(({ files }) => files),
           true,
         )} join committed on filename = file)`,
      connection,
    );
    return { p50: Number(p50), p95: Number(p95) };
  }

  close(): void {
    this.#database.closeSync();
  }

  async #first(
    sql: string,
    connection?: Awaited<ReturnType<DuckDBInstance['connect']>>,
  ): Promise<Record<string, unknown>> {
    const reader = await (connection ?? (await this.#database.connect())).runAndReadAll(sql);
    return reader.getRowObjectsJson()[0] ?? {};
  }
}

const KEYS: Readonly<Record<ChangedTable, string>> = { orders: 'order_id', order_items: 'order_item_id' };

/** Differ as soon as a row is missing, doubled or another. */
const SUMS: Readonly<Record<ChangedTable, string>> = {
  orders: `count(*) as rows, sum(order_id) as ids, sum(user_id) as users, sum(total_amount) as amount,
    sum(cast(order_id as bigint) * length(status)) as statuses`,
  order_items: `count(*) as rows, sum(order_item_id) as ids, sum(order_id) as orders, sum(product_id) as products,
    sum(cast(order_item_id as bigint) * quantity) as quantities, sum(price_per_unit) as prices`,
};

function parquet(files: readonly string[], withFilename = false): string {
  const list = files.map((file) => `'${file.replaceAll("'", "''")}'`).join(',');
  return `read_parquet([${list}], filename = ${withFilename})`;
}

function asText(values: Readonly<Record<string, unknown>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(', ');
}
