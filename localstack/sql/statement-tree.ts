// DuckDB's own parse of a statement: https://duckdb.org/docs/stable/data/json/sql_to_and_from_json
import type { QueryEngine } from '../../shared/features/index.ts';
import { sqlError } from './sql-error.ts';
import { tokenize } from './tokens.ts';

/** A part of the parse, as DuckDB names its fields. */
export type Node = Readonly<Record<string, unknown>>;

/** A name in a statement that stands for a table. */
export interface TableUse {
  /** The parts of the name: `raw.orders` has two. */
  readonly name: readonly string[];
  readonly alias: string | null;
  /** Where the name begins, in UTF-16 units of the statement. */
  readonly start: number;
  /** Whether it has DuckDB's own clause for a state of the table, `AT (VERSION => 12)`. */
  readonly hasAt: boolean;
  /** The WHERE that every row of the table must pass to bear on the result; null where there is none, or none that does. */
  readonly where: Node | null;
  /** Whether columns without a table's name in that WHERE are of this table. */
  readonly isAlone: boolean;
}

export interface Statement {
  readonly tables: readonly TableUse[];
  /** Functions that give tables, such as `range`. */
  readonly functions: readonly { readonly name: string; readonly start: number }[];
  /** Names that the statement itself gives to its parts (WITH), in lower case. */
  readonly parts: ReadonlySet<string>;
}

/** Throws `sql_invalid` with the place for a statement that is none, is no query, or is more than one. */
export async function parseStatement(engine: QueryEngine, sql: string): Promise<Statement> {
  const [first] = tokenize(sql);
  if (first === undefined) throw sqlError('the statement is empty', sql, 0);
  const tree = await serialized(engine, sql);
  const indexOf = indexOfByte(sql);
  if (tree.error === true) throw parseError(tree, sql, indexOf, first.value.toUpperCase());
  const statements = Array.isArray(tree.statements) ? tree.statements : [];
  if (statements.length !== 1) {
    throw sqlError(`one statement at a time, got ${statements.length}`, sql, first.start);
  }
  return new Walk(indexOf).statement(statements[0] as Node);
}

/** DuckDB counts bytes of UTF-8; the index in the text of each. */
export function indexOfByte(sql: string): (byte: number) => number {
  const bytes = Buffer.from(sql);
  if (bytes.length === sql.length) return (byte) => byte;
  return (byte) => bytes.subarray(0, byte).toString().length;
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function serialized(engine: QueryEngine, sql: string): Promise<Node> {
  const result = engine.query('SELECT json_serialize_sql($sql::VARCHAR)::VARCHAR AS tree', {
    tables: {},
    params: { sql },
  });
  for await (const { columns } of result) return JSON.parse(String(columns.tree?.[0])) as Node;
  throw sqlError('the statement was not parsed', sql, 0);
}

function parseError(tree: Node, sql: string, indexOf: (byte: number) => number, first: string): Error {
  if (tree.error_type === 'not implemented') {
    return sqlError(
      `${first} is not offered: SQL here reads, with SELECT, FROM, WITH, DESCRIBE or SUMMARIZE`,
      sql,
      0,
    );
  }
  const position = tree.position === undefined ? 0 : Number(tree.position);
  return sqlError(String(tree.error_message), sql, indexOf(position));
}

/** Collects what a statement is made of. */
class Walk {
  readonly #tables: TableUse[] = [];
  readonly #functions: { readonly name: string; readonly start: number }[] = [];
  readonly #parts = new Set<string>();
  readonly #indexOf: (byte: number) => number;

  constructor(indexOf: (byte: number) => number) {
    this.#indexOf = indexOf;
  }

  statement(root: Node): Statement {
    this.#visit(root);
    return {
      tables: this.#tables.toSorted((left, right) => left.start - right.start),
      functions: this.#functions,
      parts: this.#parts,
    };
  }

  #visit(value: unknown): void {
    if (Array.isArray(value)) for (const item of value) this.#visit(item);
    if (!isNode(value)) return;
    if (value.type === 'SELECT_NODE') this.#visitSelect(value);
    else if (value.type === 'BASE_TABLE' || value.type === 'JOIN') this.#visitFrom(value, null, false);
    else this.#visitOther(value);
  }

  #visitOther(node: Node): void {
    if (node.type === 'TABLE_FUNCTION') this.#addFunction(node);
    if (typeof node.cte_name === 'string') this.#parts.add(node.cte_name.toLowerCase());
    if (isNode(node.cte_map)) this.#addParts(node.cte_map);
    this.#visit(Object.values(node));
  }

  #visitSelect(select: Node): void {
    const { from_table: from, ...rest } = select;
    const where = isNode(select.where_clause) && !isNode(select.sample) ? select.where_clause : null;
    if (isNode(from)) this.#visitFrom(from, where, from.type === 'BASE_TABLE');
    if (isNode(select.cte_map)) this.#addParts(select.cte_map);
    this.#visit(Object.values(rest));
  }

  /** @param where null: what stands here may bear on the result though it does not pass the WHERE */
  #visitFrom(from: Node, where: Node | null, isAlone: boolean): void {
    if (from.type === 'BASE_TABLE') this.#addTable(from, where, isAlone);
    else if (from.type === 'JOIN') this.#visitJoin(from, where);
    else this.#visit(from);
  }

  #visitJoin({ left, right, ...rest }: Node, where: Node | null): void {
    const isPlain = PLAIN_JOINS.has(String(rest.ref_type));
    const type = String(rest.join_type);
    if (isNode(left)) this.#visitFrom(left, isPlain && LEFT_KEPT.has(type) ? where : null, false);
    if (isNode(right)) this.#visitFrom(right, isPlain && RIGHT_KEPT.has(type) ? where : null, false);
    this.#visit(Object.values(rest));
  }

  #addTable(table: Node, where: Node | null, isAlone: boolean): void {
    const { catalog_name: catalog, schema_name: schema, table_name: name, alias } = table;
    // A list of columns behind the alias gives them other names.
    const isPlain = !isNode(table.sample) && isEmpty(table.column_name_alias);
    this.#tables.push({
      name: [catalog, schema, name].filter((part) => typeof part === 'string' && part !== '') as string[],
      alias: typeof alias === 'string' && alias !== '' ? alias : null,
      start: this.#indexOf(Number(table.query_location)),
      hasAt: isNode(table.at_clause),
      where: isPlain ? where : null,
      isAlone,
    });
  }

  #addFunction(table: Node): void {
    if (!isNode(table.function)) return;
    this.#functions.push({
      name: String(table.function.function_name),
      start: this.#indexOf(Number(table.query_location)),
    });
  }

  #addParts({ map }: Node): void {
    for (const entry of Array.isArray(map) ? map : []) {
      if (isNode(entry)) this.#parts.add(String(entry.key).toLowerCase());
    }
  }
}

const PLAIN_JOINS: ReadonlySet<string> = new Set(['REGULAR', 'CROSS', 'NATURAL']);
/** Joins after which a row of this side is in the result only as itself, so that WHERE can be asked before the join. */
const LEFT_KEPT: ReadonlySet<string> = new Set(['INNER', 'LEFT', 'SEMI', 'ANTI']);
const RIGHT_KEPT: ReadonlySet<string> = new Set(['INNER', 'RIGHT']);

const isEmpty = (value: unknown): boolean => !Array.isArray(value) || value.length === 0;
