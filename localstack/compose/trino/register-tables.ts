import { findSnapshot, type ObjectStore } from '../../../shared/lake/index.ts';
import { quotedName, quotedText, type TrinoClient } from './trino-client.ts';

export interface RegisterOptions {
  readonly trino: TrinoClient;
  /** Trino's catalog over the lakehouse. */
  readonly catalog: string;
  readonly store: ObjectStore;
  /** Where the store lies for Trino, without a slash at its end, e.g. `s3://lake`. */
  readonly location: string;
  /** `schema/table`, which is also their path in the store. */
  readonly tables: readonly string[];
}

export interface RegisterReport {
  readonly registered: readonly string[];
  /** Pointed to this lakehouse; before, they were registered at another place. */
  readonly moved: readonly string[];
  readonly unchanged: readonly string[];
  /** Without a commit yet. */
  readonly absent: readonly string[];
}

/**
 * Makes every table that has a commit known to Trino under its own name. Safe to repeat, at any time.
 * https://trino.io/docs/476/connector/delta-lake.html#register-table
 */
export async function registerTables(options: RegisterOptions): Promise<RegisterReport> {
  const { trino, catalog, store, location } = options;
  const tables = options.tables.map((path) => ({ path, ...nameOf(path) }));
  for (const schema of new Set(tables.map((table) => table.schema))) {
    const place = quotedText(`${location}/${schema}`);
    await trino.query(
      `CREATE SCHEMA IF NOT EXISTS ${quotedName(catalog)}.${quotedName(schema)} WITH (location = ${place})`,
    );
  }
  const known = await knownTables(trino, catalog);
  // Asked for side by side: Trino takes most of a second for each.
  const outcomes = await Promise.all(
    tables.map(async ({ path, schema, table }): Promise<keyof RegisterReport> => {
      if ((await findSnapshot(store, path)) === null) return 'absent';
      const at = `${location}/${path}`;
      const name = `schema_name => ${quotedText(schema)}, table_name => ${quotedText(table)}`;
      const isKnown = known.has(path);
      if (isKnown) {
        if ((await tableLocation(trino, catalog, schema, table)) === at) return 'unchanged';
        await trino.query(`CALL ${quotedName(catalog)}.system.unregister_table(${name})`);
      }
      await trino.query(
        `CALL ${quotedName(catalog)}.system.register_table(${name}, table_location => ${quotedText(at)})`,
      );
      return isKnown ? 'moved' : 'registered';
    }),
  );
  const having = (outcome: keyof RegisterReport) =>
    options.tables.filter((_, index) => outcomes[index] === outcome);
  return {
    registered: having('registered'),
    moved: having('moved'),
    unchanged: having('unchanged'),
    absent: having('absent'),
  };
}

function nameOf(path: string): { readonly schema: string; readonly table: string } {
  const [schema = '', table = ''] = path.split('/');
  return { schema, table };
}

async function knownTables(trino: TrinoClient, catalog: string): Promise<ReadonlySet<string>> {
  const { rows } = await trino.query(
    `SELECT table_schema || '/' || table_name FROM ${quotedName(catalog)}.information_schema.tables`,
  );
  return new Set(rows.map(([path]) => String(path)));
}

async function tableLocation(trino: TrinoClient, catalog: string, schema: string, table: string) {
  const { rows } = await trino.query(
    `SHOW CREATE TABLE ${quotedName(catalog)}.${quotedName(schema)}.${quotedName(table)}`,
  );
  const location = /\blocation = '((?:[^']|'')*)'/.exec(String(rows[0]?.[0]))?.[1];
  return location?.replaceAll("''", "'");
}
