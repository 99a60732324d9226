import { PlatformError } from '../../shared/errors.ts';
import type { QueryEngine, QueryTable } from '../../shared/features/index.ts';
import { type ObjectStore, planScan, type Snapshot } from '../../shared/lake/index.ts';
import { tableOfFiles } from '../../shared/tables/index.ts';
import { applyEdits, type Edit } from './edits.ts';
import { findTable, quoted, sqlName } from './lake-tables.ts';
import { sqlError } from './sql-error.ts';
import { indexOfByte, parseStatement, type Statement, type TableUse } from './statement-tree.ts';
import { findTimeTravel, type TimeTravel, withoutTimeTravel } from './time-travel.ts';
import { isName, isSymbol, type Token, tokenize } from './tokens.ts';
import { wherePredicate } from './where-predicate.ts';

/** A statement that the engine can run, and what it reads. */
export interface SqlPlan {
  readonly sql: string;
  readonly tables: Readonly<Record<string, QueryTable>>;
  /** One for each place in the statement that names a table. */
  readonly scans: readonly TableScan[];
  /** The place in the user's statement of a byte in `sql`. */
  readonly originOf: (byte: number) => number;
}

export interface TableScan {
  /** As SQL writes it. */
  readonly table: string;
  readonly version: number;
  /** Files that are opened, of all. */
  readonly files: number;
  readonly allFiles: number;
  /** Rows in the files that are opened; null where a file has no statistics. */
  readonly rows: number | null;
}

/**
 * Finds the tables that a statement names, each at one version (all names of one table without a version mean the same one),
 * and leaves out the files that cannot bear on its result. Opens no data file.
 * Throws `sql_invalid` with the place for what is no query over tables of the lakehouse.
 */
export async function planSql(engine: QueryEngine, store: ObjectStore, sql: string): Promise<SqlPlan> {
  const tokens = tokenize(sql);
  const clauses = findTimeTravel(sql, tokens);
  const statement = await parseStatement(engine, withoutTimeTravel(sql, clauses));
  refuseFunctions(sql, statement);
  const named = lakeUses(sql, tokens, clauses, statement);
  const snapshots = new Map<string, Promise<Snapshot>>();
  const uses = await Promise.all(
    named.map(async (use) => {
      const key = JSON.stringify([use.table.name, use.clause?.asOf]);
      const loading = snapshots.get(key) ?? findTable(store, use.table.name, use.clause?.asOf ?? null);
      snapshots.set(key, loading);
      return { ...use, snapshot: await loading.catch((error) => refuseTable(sql, use, error)) };
    }),
  );
  const tables: Record<string, QueryTable> = {};
  const scans: TableScan[] = [];
  const edits: Edit[] = clauses.map(({ start, end }) => ({ start, end, text: '' }));
  for (const [index, use] of uses.entries()) {
    const { table, snapshot } = use;
    const where = wherePredicate(table, snapshot.schema);
    const plan = await planScan(store, snapshot, where === null ? {} : { where });
    const view = `${table.name.join('.')} #${index + 1}`;
    tables[view] = tableOfFiles(plan, plan.files, store);
    scans.push({
      table: sqlName(snapshot.path),
      version: snapshot.version,
      files: plan.files.length,
      allFiles: plan.files.length + plan.pruned,
      rows: rowsOf(plan.files),
    });
    edits.push({ ...use.span, text: viewReference(view, use) });
  }
  edits.push(...shortenedColumns(tokens, named));
  const edited = applyEdits(sql, edits);
  const indexOf = indexOfByte(edited.text);
  return { sql: edited.text, tables, scans, originOf: (byte) => edited.originOf(indexOf(byte)) };
}

/** A table of the lakehouse at one place of the statement. */
interface LakeUse {
  readonly table: TableUse;
  readonly clause: TimeTravel | null;
  /** Of its name. */
  readonly span: { readonly start: number; readonly end: number };
  /** The word before the name, in capitals. */
  readonly after: string;
}

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

function lakeUses(
  sql: string,
  tokens: readonly Token[],
  clauses: readonly TimeTravel[],
  { tables, parts }: Statement,
): LakeUse[] {
  const unused = new Set(clauses);
  const uses = tables.flatMap((table): LakeUse[] => {
    const first = tokens.findIndex(({ start }) => start === table.start);
    const end = endOfName(tokens, first);
    const clause = clauses.find(({ nameEnd }) => nameEnd === end) ?? null;
    // What the statement defines itself goes before tables of the same name.
    if (table.name.length === 1 && parts.has(table.name[0]!.toLowerCase())) return [];
    if (clause !== null) unused.delete(clause);
    if (!isName(tokens[first])) {
      throw sqlError(
        'files cannot be read: name a table of the lakehouse, such as raw.orders',
        sql,
        table.start,
      );
    }
    const after = tokens[first - 1]?.value.toUpperCase() ?? '';
    return [{ table, clause, span: { start: table.start, end }, after }];
  });
  for (const { start } of unused)
    throw sqlError('a version or a time stands behind the name of a table', sql, start);
  return uses;
}

/** `a.b.c` is one name. */
function endOfName(tokens: readonly Token[], first: number): number {
  let last = first;
  while (isSymbol(tokens[last + 1], '.') && isName(tokens[last + 2])) last += 2;
  return tokens[last]?.end ?? 0;
}

/** After these words stands a name alone. */
const WITHOUT_ALIAS: ReadonlySet<string> = new Set(['TABLE', 'DESCRIBE', 'DESC', 'SUMMARIZE', 'SHOW']);

/** The view goes by the table's name in the rest of the statement, unless it is given another. */
function viewReference(view: string, { table, after }: LakeUse): string {
  if (table.alias !== null || WITHOUT_ALIAS.has(after)) return quoted(view);
  return `${quoted(view)} AS ${quoted(table.name.at(-1) ?? '')}`;
}

/** `raw.orders.status` becomes `orders.status`, since the view is in no schema. */
function shortenedColumns(tokens: readonly Token[], uses: readonly LakeUse[]): Edit[] {
  const names = new Set(uses.map(({ table }) => table.name.join('\0').toLowerCase()));
  const starts = new Set(uses.map(({ span }) => span.start));
  const edits: Edit[] = [];
  for (const [index, token] of tokens.entries()) {
    const [dot, table, behind] = tokens.slice(index + 1, index + 4);
    const isQualified = isName(token) && isSymbol(dot, '.') && isName(table) && isSymbol(behind, '.');
    if (!isQualified || starts.has(token.start) || isSymbol(tokens[index - 1], '.')) continue;
    if (names.has(`${token.value}\0${table.value}`.toLowerCase()))
      edits.push({ start: token.start, end: table.start, text: '' });
  }
  return edits;
}

function rowsOf(files: Awaited<ReturnType<typeof planScan>>['files']): number | null {
  let rows = 0;
  for (const { add, deleted } of files) {
    const match = /"numRecords"\s*:\s*(\d+)/.exec(add.stats ?? '');
    if (match === null) return null;
    rows += Number(match[1]) - (deleted?.length ?? 0);
  }
  return rows;
}

/** What is wrong with a table, with its place in the statement. */
function refuseTable(sql: string, { span, clause }: LakeUse, error: unknown): never {
  if (!(error instanceof PlatformError)) throw error;
  const isItsName = error.code === 'lake_table_missing';
  if (!isItsName && error.code !== 'lake_version_missing') throw error;
  throw sqlError(error.message, sql, isItsName ? span.start : (clause?.start ?? span.start), error);
}
