import pg from 'pg';
import type { Field } from '../../shared/lake/index.ts';
import { currentTable, rawTable, SHOP_TABLES, type ShopTable } from '../../shared/tables/index.ts';
import type { LakeReader, LakeRow } from './lake-readers.ts';

export type Differences = Readonly<Record<ShopTable, readonly string[]>>;

/** For each table, the keys whose latest raw row differs from Postgres, either way; empty lists when the two agree. */
export async function differencesFromPostgres(databaseUrl: string, read: LakeReader): Promise<Differences> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const differences: Partial<Record<ShopTable, string[]>> = {};
    for (const table of SHOP_TABLES) {
      const lake = await latestByKey(read(rawTable(table).name), table);
      const shop = await shopByKey(client, table);
      differences[table] = [...new Set([...lake.keys(), ...shop.keys()])].filter(
        (id) => lake.get(id) !== shop.get(id),
      );
    }
    return differences as Differences;
  } finally {
    await client.end();
  }
}

export function agree(differences: Differences): boolean {
  return Object.values(differences).every((keys) => keys.length === 0);
}

/** Coordinates that appear more than once in a raw table: records that were counted twice. */
export async function repeatedRecords(read: LakeReader, table: ShopTable): Promise<string[]> {
  const seen = new Set<string>();
  const repeated: string[] = [];
  for await (const row of read(rawTable(table).name)) {
    const at = `${row._topic}-${row._partition}@${row._offset}`;
    if (seen.has(at)) repeated.push(at);
    seen.add(at);
  }
  return repeated;
}

/** Highest LSN wins; a streamed change beats a snapshot read at the same LSN. */
async function latestByKey(rows: AsyncIterable<LakeRow>, table: ShopTable): Promise<Map<string, string>> {
  const key = keyOf(table);
  const fields = shopFields(table);
  const latest = new Map<string, { readonly version: bigint; readonly text: string | null }>();
  for await (const row of rows) {
    const id = String(row[key]);
    const version = BigInt(String(row._lsn)) * 2n + (row._op === 'r' ? 0n : 1n);
    const known = latest.get(id);
    if (known !== undefined && known.version > version) continue;
    const text = row._op === 'd' ? null : JSON.stringify(fields.map(({ name }) => textOf(row[name])));
    latest.set(id, { version, text });
  }
  const live = new Map<string, string>();
  for (const [id, { text }] of latest) if (text !== null) live.set(id, text);
  return live;
}

async function shopByKey(client: pg.Client, table: ShopTable): Promise<Map<string, string>> {
  const columns = shopFields(table).map(({ name, type }) =>
    type === 'timestamp' ? `(extract(epoch from ${name}) * 1000000)::bigint::text` : `${name}::text`,
  );
  const { rows } = await client.query<(string | null)[]>({
    text: `select ${keyOf(table)}::text, ${columns.join(', ')} from ${table}`,
    rowMode: 'array',
  });
  return new Map(rows.map(([id, ...values]) => [String(id), JSON.stringify(values)]));
}

function keyOf(table: ShopTable): string {
  return currentTable(table).primaryKey[0] as string;
}

function shopFields(table: ShopTable): readonly Field[] {
  return rawTable(table).schema.fields.filter(({ name }) => !name.startsWith('_'));
}

function textOf(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value);
}
