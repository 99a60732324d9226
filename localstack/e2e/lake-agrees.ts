import { join } from 'node:path';
import pg from 'pg';
import { openFolderStore } from '../../shared/adapters/fs-object-store.ts';
import { type Field, loadSnapshot, readSnapshot, rowsOfBatch, type Value } from '../../shared/lake/index.ts';
import { rawTable, SHOP_TABLES, type ShopTable } from '../../shared/tables/index.ts';

type LakeRow = Record<string, Value>;

/** For each table, the keys whose latest raw row differs from Postgres, either way; empty lists when the two agree. */
export async function differencesFromPostgres(
  databaseUrl: string,
  dataDir: string,
): Promise<Record<ShopTable, string[]>> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const differences: Partial<Record<ShopTable, string[]>> = {};
    for (const table of SHOP_TABLES) {
      const key = rawTable(table).primaryKey[0] as string;
      const lake = latestByKey(await rawRows(dataDir, table), key, shopFields(table));
      const shop = await shopByKey(client, table, key);
      differences[table] = [...new Set([...lake.keys(), ...shop.keys()])].filter(
        (id) => lake.get(id) !== shop.get(id),
      );
    }
    return differences as Record<ShopTable, string[]>;
  } finally {
    await client.end();
  }
}

/** Coordinates that appear more than once in a raw table: records that were counted twice. */
export async function repeatedRecords(dataDir: string, table: ShopTable): Promise<string[]> {
  const coordinates = (await rawRows(dataDir, table)).map(
    (row) => `${row._topic}-${row._partition}@${row._offset}`,
  );
  const seen = new Set<string>();
  return coordinates.filter((at) => seen.has(at) || !seen.add(at));
}

async function rawRows(dataDir: string, table: ShopTable): Promise<LakeRow[]> {
  const store = await openFolderStore(join(dataDir, 'lakehouse'));
  const rows: LakeRow[] = [];
  const snapshot = await loadSnapshot(store, rawTable(table).name);
  for await (const batch of readSnapshot(store, snapshot)) rows.push(...rowsOfBatch(batch));
  return rows;
}

/** Highest LSN wins; a streamed change beats a snapshot read at the same LSN. */
function latestByKey(rows: readonly LakeRow[], key: string, fields: readonly Field[]): Map<string, string> {
  const version = (row: LakeRow) => (row._lsn as bigint) * 2n + (row._op === 'r' ? 0n : 1n);
  const latest = new Map<string, LakeRow>();
  for (const row of rows) {
    const id = String(row[key]);
    const known = latest.get(id);
    if (known === undefined || version(row) >= version(known)) latest.set(id, row);
  }
  const live = [...latest].filter(([, row]) => row._op !== 'd');
  return new Map(live.map(([id, row]) => [id, JSON.stringify(fields.map(({ name }) => textOf(row[name])))]));
}

async function shopByKey(client: pg.Client, table: ShopTable, key: string): Promise<Map<string, string>> {
  const columns = shopFields(table).map(({ name, type }) =>
    type === 'timestamp' ? `(extract(epoch from ${name}) * 1000000)::bigint::text` : `${name}::text`,
  );
  const { rows } = await client.query<(string | null)[]>({
    text: `select ${key}::text, ${columns.join(', ')} from ${table}`,
    rowMode: 'array',
  });
  return new Map(rows.map(([id, ...values]) => [String(id), JSON.stringify(values)]));
}

function shopFields(table: ShopTable): readonly Field[] {
  return rawTable(table).schema.fields.filter(({ name }) => !name.startsWith('_'));
}

function textOf(value: Value | undefined): string | null {
  return value === null || value === undefined ? null : String(value);
}
