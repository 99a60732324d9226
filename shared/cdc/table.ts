/** What must be known of a captured table to write its rows as Debezium does. */
export interface Table {
  readonly schema: string;
  readonly name: string;
  /** In the order in which rows carry their values. */
  readonly columns: readonly Column[];
  /** Positions in `columns`, in key order; empty where the table has no primary key. */
  readonly primaryKey: readonly number[];
}

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly notNull: boolean;
  /** A constant default in Postgres' text form; null where there is none or it is an expression. */
  readonly constantDefault: string | null;
  /** Has a default that is an expression, such as `now()`. */
  readonly hasComputedDefault: boolean;
  /** Part of the replica identity. */
  readonly inIdentity: boolean;
}

/** Domains are resolved to what they stand on. */
export type ColumnType =
  | { readonly kind: 'scalar'; readonly oid: number; readonly typeModifier: number }
  | { readonly kind: 'enum' }
  | { readonly kind: 'array'; readonly element: ColumnType };

/**
 * The value of a default expression as `pg_get_expr` prints it, where it is a literal: `'EUR'::bpchar` gives `EUR`,
 * `0` gives `0`, `true` gives `true`; a function call such as `now()` gives null.
 */
export function constantOfDefault(expression: string | null): string | null {
  if (expression === null) {
    return null;
  }
  const quoted = /^'((?:[^']|'')*)'(?:::[\w ".[\](),]+)?$/.exec(expression);
  if (quoted !== null) {
    return quoted[1]!.replaceAll("''", "'");
  }
  const plain = /^\(?(-?\d+(?:\.\d+)?)\)?(?:::[\w ".[\](),]+)?$|^(true|false)$/.exec(expression);
  return plain === null ? null : (plain[1] ?? plain[2] ?? null);
}
