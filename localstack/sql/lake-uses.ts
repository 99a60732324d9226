import { sqlError } from './sql-error.ts';
import type { Statement, TableUse } from './statement-tree.ts';
import type { TimeTravel } from './time-travel.ts';
import { isName, isSymbol, type Token } from './tokens.ts';

/** A table of the lakehouse at one place of a statement. */
export interface LakeUse {
  readonly table: TableUse;
  readonly clause: TimeTravel | null;
  /** Of its name. */
  readonly span: { readonly start: number; readonly end: number };
  /** Whether a name of its own may follow: not so after TABLE and DESCRIBE. */
  readonly takesAlias: boolean;
}

/**
 * The places of a statement that name tables of the lakehouse, in their order.
 * Throws `sql_invalid` with the place for what would read anything else.
 */
export function lakeUses(
  sql: string,
  tokens: readonly Token[],
  clauses: readonly TimeTravel[],
  statement: Statement,
): LakeUse[] {
  refuseFunctions(sql, statement);
  const named = statement.tables.map((table): LakeUse => {
    const first = tokens.findIndex(({ start }) => start === table.start);
    const end = endOfName(tokens, first);
    return {
      table,
      clause: clauses.find(({ nameEnd }) => nameEnd === end) ?? null,
      span: { start: table.start, end },
      takesAlias: !WITHOUT_ALIAS.has(tokens[first - 1]?.value.toUpperCase() ?? ''),
    };
  });
  // What the statement defines itself goes before tables of the same name.
  const uses = named.filter(({ table: { name } }) => {
    const [only = '', ...more] = name;
    return more.length > 0 || !statement.parts.has(only.toLowerCase());
  });
  for (const { table, span } of uses) {
    if (sql[span.start] === "'") throw sqlError(FILES_REFUSED, sql, span.start);
    if (table.hasAt) throw sqlError(AT_REFUSED, sql, span.end);
  }
  const taken = new Set(uses.map(({ clause }) => clause));
  for (const clause of clauses) {
    if (!taken.has(clause)) throw sqlError(CLAUSE_ALONE, sql, clause.start);
  }
  return uses;
}

const FILES_REFUSED = 'files cannot be read: name a table of the lakehouse, such as raw.orders';
const CLAUSE_ALONE = 'a version or a time stands behind the name of a table of the lakehouse';
const AT_REFUSED =
  "write VERSION AS OF 12 or TIMESTAMP AS OF '…' behind the name of the table, in place of AT";

/** After these words stands a name alone. */
const WITHOUT_ALIAS: ReadonlySet<string> = new Set(['TABLE', 'DESCRIBE', 'DESC', 'SUMMARIZE', 'SHOW']);

/** Functions that give rows and read nothing. */
const TABLE_FUNCTIONS: ReadonlySet<string> = new Set([
  'generate_series',
  'json_each',
  'json_tree',
  'range',
  'repeat',
  'unnest',
]);

function refuseFunctions(sql: string, { functions }: Statement): void {
  for (const { name, start } of functions) {
    if (TABLE_FUNCTIONS.has(name.toLowerCase())) continue;
    throw sqlError(
      `${name} is not offered: SQL here reads the tables of the lakehouse, and ${[...TABLE_FUNCTIONS].join(', ')}`,
      sql,
      start,
    );
  }
}

/** `a.b.c` is one name. */
function endOfName(tokens: readonly Token[], first: number): number {
  let last = first;
  while (isSymbol(tokens[last + 1], '.') && isName(tokens[last + 2])) last += 2;
  return tokens[last]?.end ?? 0;
}
