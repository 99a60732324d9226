import pg from 'pg';
import type { Field } from '../../shared/lake/index.ts';
import { currentTable, rawTable, SHOP_TABLES, type ShopTable } from '../../shared/tables/index.ts';
import type { LakeReader, LakeRow } from './lake-readers.ts';

export type Differences = Readonly<Record<ShopTable, readonly string[]>>;

/** Primary key -> the shop's columns of that row as JSON text, written alike for Postgres and lake. */
export type RowsByKey = ReadonlyMap<string, string>;

export interface RawContent {
  /** How many changes the table holds. */
  readonly changes: number;
  /** The rows that exist, by what is known of the last change of each key. */
  readonly latest: RowsByKey;
  /** What is there more than once: a record (topic-partition@offset) or a change (LSN, operation and key). */
  readonly repeated: readonly string[];
}

/** For each table, the keys whose latest raw row differs from Postgres, either way; empty lists when the two agree. */
export async function differencesFromPostgres(databaseUrl: string, read: LakeReader): Promise<Differences> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const differences: Partial<Record<ShopTable, readonly string[]>> = {};
    for (const table of SHOP_TABLES) {
      const { latest } = await readRaw(read, table);
      differences[table] = differingKeys(latest, await readShop(client, table));
    }
    return differences as Differences;
  } finally {
    await client.end();
  }
}

export function agree(differences: Differences): boolean {
  return Object.values(differences).every((keys) => keys.length === 0);
}

/** Keys that only one side has, or that the two have differently. */
export function differingKeys(one: RowsByKey, other: RowsByKey): string[] {
  return [...new Set([...one.keys(), ...other.keys()])].filter((id) => one.get(id) !== other.get(id));
}

/** Records and changes of a raw table that were counted twice. */
export async function repeatedRecords(read: LakeReader, table: ShopTable): Promise<readonly string[]> {
  return (await readRaw(read, table)).repeated;
}

/** Highest LSN wins; a streamed change beats a snapshot read at the same LSN. */
export async function readRaw(read: LakeReader, table: ShopTable): Promise<RawContent> {
  const key = keyOf(table);
  const fields = shopFields(table);
  const newest = new Map<string, { readonly version: bigint; readonly text: string | null }>();
  const seen = new Set<string>();
  const repeated: string[] = [];
  let changes = 0;
  for await (const row of read(rawTable(table).name)) {
    changes++;
    const id = String(row[key]);
    for (const identity of identitiesOf(row, id)) {
      if (seen.has(identity)) repeated.push(identity);
      seen.add(identity);
    }
    const version = BigInt(String(row._lsn)) * 2n + (row._op === 'r' ? 0n : 1n);
    const known = newest.get(id);
    if (known !== undefined && known.version > version) continue;
    newest.set(id, { version, text: row._op === 'd' ? null : rowText(row, fields) });
  }
  const latest = new Map<string, string>();
  for (const [id, { text }] of newest) if (text !== null) latest.set(id, text);
  return { changes, latest, repeated };
}

/** @throws Error for a key that has two rows */
export async function readCurrent(read: LakeReader, table: ShopTable): Promise<RowsByKey> {
  const key = keyOf(table);
  const fields = shopFields(table);
  const rows = new Map<string, string>();
  for await (const row of read(currentTable(table).name)) {
    const id = String(row[key]);
    if (rows.has(id)) throw new Error(`${currentTable(table).name} has two rows of ${key} ${id}`);
    rows.set(id, rowText(row, fields));
  }
  return rows;
}

export async function readShop(client: pg.Client, table: ShopTable): Promise<RowsByKey> {
  const columns = shopFields(table).map(({ name, type }) =>
    type === 'timestamp' ? `(extract(epoch from ${name}) * 1000000)::bigint::text` : `${name}::text`,
  );
  const { rows } = await client.query<(string | null)[]>({
    text: `select ${keyOf(table)}::text, ${columns.join(', ')} from ${table}`,
    rowMode: 'array',
  });
  return new Map(rows.map(([id, ...values]) => [String(id), JSON.stringify(values)]));
}

/** A change that was captured twice lies at two offsets; each row is read once by the snapshot. */
function identitiesOf(row: LakeRow, id: string): readonly string[] {
  return [
    `${row._topic}-${row._partition}@${row._offset}`,
    row._op === 'r' ? `snapshot of ${id}` : `change ${row._lsn} ${row._op} of ${id}`,
  ];
}

function rowText(row: LakeRow, fields: readonly Field[]): string {
  return JSON.stringify(fields.map(({ name }) => textOf(row[name])));
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
