/** What the stream does not tell of a table, read from Postgres' catalog: keys, NOT NULL, defaults, enums, domains. */
import type pg from 'pg';
import {
  type Column,
  type ColumnType,
  constantOfDefault,
  type RelationMessage,
  type Table,
} from '../../../../shared/cdc/index.ts';
import { PlatformError } from '../../../../shared/errors.ts';
import { queryRows } from './database-session.ts';

export class Catalog {
  readonly #client: pg.Client;
  #types = new Map<number, TypeRow>();

  constructor(client: pg.Client) {
    this.#client = client;
  }

  /** Published tables, those that others refer to first, then by name. */
  async publishedTables(publication: string): Promise<{ schema: string; name: string; oid: number }[]> {
    const tables = await queryRows(
      this.#client,
      `SELECT p.schemaname, p.tablename, format('%I.%I', p.schemaname, p.tablename)::regclass::oid
         FROM pg_publication_tables p WHERE p.pubname = $1 ORDER BY 1, 2`,
      [publication],
    );
    const references = await queryRows(
      this.#client,
      "SELECT conrelid, confrelid FROM pg_constraint WHERE contype = 'f' AND conrelid <> confrelid",
    );
    return parentsFirst(
      tables.map(([schema, name, oid]) => ({ schema: schema!, name: name!, oid: Number(oid) })),
      references.map(([from, to]) => ({ from: Number(from), to: Number(to) })),
    );
  }

  /** A table as it is at this moment. */
  async table(oid: number): Promise<Table> {
    const [identity] = await queryRows(
      this.#client,
      `SELECT n.nspname, c.relname, c.relreplident
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = $1`,
      [oid],
    );
    if (identity === undefined) {
      throw new PlatformError('table_is_gone', `the table with oid ${oid} is gone`, { retryable: true });
    }
    const details = await this.#columnDetails(oid);
    const full = identity[2] === 'f';
    const columns: Column[] = [];
    for (const detail of details.values()) {
      columns.push(await this.#column(detail, full || detail.keyPosition !== null));
    }
    return { schema: identity[0]!, name: identity[1]!, columns, primaryKey: keyOf([...details.values()]) };
  }

  /**
   * The table of a relation message: names, types and order as of the change, completed by the catalog as it is at this
   * moment. A column or table that has been dropped in between counts as nullable, and the replica identity as its key.
   */
  async tableOf(relation: RelationMessage): Promise<Table> {
    const details = await this.#columnDetails(relation.oid);
    const columns: Column[] = [];
    for (const { name, typeOid, typeModifier, inIdentity } of relation.columns) {
      const known = details.get(name);
      const { notNull, defaultExpression } =
        known?.typeOid === typeOid ? known : { notNull: false, defaultExpression: null };
      columns.push(
        await this.#column(
          { name, typeOid, typeModifier, notNull, defaultExpression, keyPosition: null },
          inIdentity,
        ),
      );
    }
    const inCatalog = keyOf(relation.columns.map(({ name }) => details.get(name) ?? null));
    const inStream = relation.columns.flatMap((column, index) => (column.inIdentity ? [index] : []));
    const primaryKey = details.size === 0 && relation.replicaIdentity === 'd' ? inStream : inCatalog;
    return { schema: relation.schema, name: relation.name, columns, primaryKey };
  }

  async #columnDetails(oid: number): Promise<Map<string, ColumnDetail>> {
    const rows = await queryRows(
      this.#client,
      `SELECT a.attname, a.atttypid, a.atttypmod, a.attnotnull, pg_get_expr(d.adbin, d.adrelid),
              array_position(i.indkey::int2[], a.attnum)
         FROM pg_attribute a
         LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.attgenerated = ''
         LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
        WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
        ORDER BY a.attnum`,
      [oid],
    );
    return new Map(
      rows.map(([name, typeOid, typeModifier, notNull, defaultExpression, keyPosition]) => [
        name!,
        {
          name: name!,
          typeOid: Number(typeOid),
          typeModifier: Number(typeModifier),
          notNull: notNull === 't',
          defaultExpression: defaultExpression ?? null,
          keyPosition: keyPosition == null ? null : Number(keyPosition),
        },
      ]),
    );
  }

  async #column(detail: ColumnDetail, inIdentity: boolean): Promise<Column> {
    const constantDefault = constantOfDefault(detail.defaultExpression);
    return {
      name: detail.name,
      type: await this.#type(detail.typeOid, detail.typeModifier),
      notNull: detail.notNull,
      constantDefault,
      hasComputedDefault: detail.defaultExpression !== null && constantDefault === null,
      inIdentity,
    };
  }

  async #type(oid: number, typeModifier: number): Promise<ColumnType> {
    const type = this.#types.get(oid) ?? (await this.#loadTypes()).get(oid);
    if (type === undefined) {
      return { kind: 'scalar', oid, typeModifier };
    }
    if (type.kind === 'e') {
      return { kind: 'enum' };
    }
    if (type.kind === 'd') {
      return this.#type(type.baseOid, type.baseModifier);
    }
    return type.elementOid === 0
      ? { kind: 'scalar', oid, typeModifier }
      : { kind: 'array', element: await this.#type(type.elementOid, typeModifier) };
  }

  async #loadTypes(): Promise<Map<number, TypeRow>> {
    const rows = await queryRows(
      this.#client,
      `SELECT oid, typtype, CASE WHEN typcategory = 'A' THEN typelem ELSE 0 END, typbasetype, typtypmod FROM pg_type`,
    );
    this.#types = new Map(
      rows.map(([oid, kind, elementOid, baseOid, baseModifier]) => [
        Number(oid),
        {
          kind: kind!,
          elementOid: Number(elementOid),
          baseOid: Number(baseOid),
          baseModifier: Number(baseModifier),
        },
      ]),
    );
    return this.#types;
  }
}

interface TypeRow {
  /** b base, e enum, d domain, … */
  readonly kind: string;
  /** 0: not an array. */
  readonly elementOid: number;
  readonly baseOid: number;
  readonly baseModifier: number;
}

interface ColumnDetail {
  readonly name: string;
  readonly typeOid: number;
  readonly typeModifier: number;
  readonly notNull: boolean;
  readonly defaultExpression: string | null;
  /** Place in the primary key. */
  readonly keyPosition: number | null;
}

function keyOf(columns: readonly (ColumnDetail | null)[]): number[] {
  return columns
    .flatMap((column, index) => (column?.keyPosition == null ? [] : [{ index, place: column.keyPosition }]))
    .sort((a, b) => a.place - b.place)
    .map(({ index }) => index);
}

function parentsFirst<T extends { readonly oid: number }>(
  tables: readonly T[],
  references: readonly { readonly from: number; readonly to: number }[],
): T[] {
  const rest = [...tables];
  const ordered: T[] = [];
  while (rest.length > 0) {
    const free = rest.findIndex((table) =>
      references.every(({ from, to }) => from !== table.oid || !rest.some((other) => other.oid === to)),
    );
    // References in a circle: any order is as good.
    ordered.push(...rest.splice(Math.max(0, free), 1));
  }
  return ordered;
}
