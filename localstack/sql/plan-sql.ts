import { PlatformError } from '../../shared/errors.ts';
import type { QueryEngine, QueryTable } from '../../shared/features/index.ts';
import { type ObjectStore, planScan, type ScanFile, type Snapshot } from '../../shared/lake/index.ts';
import { tableOfFiles } from '../../shared/tables/index.ts';
import { applyEdits, type Edit } from './edits.ts';
import { findTable, quoted, sqlName } from './lake-tables.ts';
import { type LakeUse, lakeUses } from './lake-uses.ts';
import { sqlError } from './sql-error.ts';
import { indexOfByte, parseStatement } from './statement-tree.ts';
import { findTimeTravel, withoutTimeTravel } from './time-travel.ts';
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
  const uses = await pinned(store, sql, lakeUses(sql, tokens, clauses, statement));
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
  const edited = applyEdits(sql, [...edits, ...shortenedColumns(tokens, uses)]);
  const indexOf = indexOfByte(edited.text);
  return { sql: edited.text, tables, scans, originOf: (byte) => edited.originOf(indexOf(byte)) };
}

type PinnedUse = LakeUse & { readonly snapshot: Snapshot };

/** Each table at the version asked for; where none is, the first that is found counts for the whole statement. */
async function pinned(store: ObjectStore, sql: string, uses: readonly LakeUse[]): Promise<PinnedUse[]> {
  const newest = new Map<string, Snapshot>();
  const found: PinnedUse[] = [];
  for (const use of uses) {
    const asOf = use.clause?.asOf ?? null;
    const known = asOf === null ? newest.get(use.table.name.join('/')) : undefined;
    const loaded =
      known ?? (await findTable(store, use.table.name, asOf).catch((error) => refuseTable(sql, use, error)));
    const snapshot = asOf === null ? (newest.get(loaded.path) ?? loaded) : loaded;
    if (asOf === null) newest.set(snapshot.path, snapshot);
    found.push({ ...use, snapshot });
  }
  return found;
}

/** What is wrong with a table, with its place in the statement. */
function refuseTable(sql: string, { span, clause }: LakeUse, error: unknown): never {
  if (!(error instanceof PlatformError)) throw error;
  const isItsName = error.code === 'lake_table_missing';
  if (!isItsName && error.code !== 'lake_version_missing') throw error;
  throw sqlError(error.message, sql, isItsName ? span.start : (clause?.start ?? span.start), error);
}

/** The view goes by the table's name in the rest of the statement, unless it is given another. */
function viewReference(view: string, { table, takesAlias }: LakeUse): string {
  if (table.alias !== null || !takesAlias) return quoted(view);
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

function rowsOf(files: readonly ScanFile[]): number | null {
  let rows = 0;
  for (const { add, deleted } of files) {
    const match = /"numRecords"\s*:\s*(\d+)/.exec(add.stats ?? '');
    if (match === null) return null;
    rows += Number(match[1]) - (deleted?.length ?? 0);
  }
  return rows;
}
