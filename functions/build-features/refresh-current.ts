import { currentChanges, currentRows, type QueryEngine, surveyChanges } from '../../shared/features/index.ts';
import {
  type Batch,
  changedFiles,
  FileSet,
  type ObjectStore,
  rowCount,
  type Snapshot,
  type Table,
  type TxnUpdate,
} from '../../shared/lake/index.ts';
import {
  currentTable,
  type LakeTable,
  pinnedTable,
  rawChangesFrom,
  rawTable,
  type ShopTable,
} from '../../shared/tables/index.ts';
import { type CurrentPlan, planCurrent, planMerge, type RebuildReason } from './plan-current.ts';

export interface RefreshPorts {
  /** A table of the lakehouse by its path; one handle for the life of the process. */
  readonly lakeTable: (path: string) => Table;
  readonly objectStore: ObjectStore;
  readonly engine: QueryEngine;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly deadline?: AbortSignal;
  /** Stands in the commit. */
  readonly userMetadata: string;
}

/** What became of a current table. */
export type CurrentRefresh =
  | { readonly kind: 'kept'; readonly why: 'no-raw-table' | 'raw-unchanged' }
  /** `changes` are rows of the raw table, `upserts` and `deletes` of the current one: the keys whose newest change was new. */
  | {
      readonly kind: 'merged';
      readonly changes: number;
      readonly upserts: number;
      readonly deletes: number;
    }
  | { readonly kind: 'rebuilt'; readonly why: RebuildReason };

export interface RefreshedCurrent {
  readonly refresh: CurrentRefresh;
  readonly snapshot: Snapshot | null;
}

/**
 * Brings `current/<table>` up to a version of `raw/<table>`: by the changes since the version it shows, or from all of them where
 * that is not possible or no cheaper. Either ends in the same rows.
 */
export async function refreshCurrent(
  table: ShopTable,
  raw: Snapshot | null,
  ports: RefreshPorts,
): Promise<RefreshedCurrent> {
  const target = currentTable(table);
  const lake = ports.lakeTable(target.name);
  for (;;) {
    const current = await lake.snapshot();
    if (raw === null) return { refresh: { kind: 'kept', why: 'no-raw-table' }, snapshot: current };
    const plan = planCurrent(target, raw, current);
    if (plan.kind === 'keep') return { refresh: { kind: 'kept', why: 'raw-unchanged' }, snapshot: current };
    const job = { table, target, lake, raw, ports };
    const refreshed = plan.kind === 'follow' ? await follow(plan, job) : await rebuild(plan, job);
    // Otherwise another run was faster: what is left to do is decided anew.
    if (refreshed !== null) return refreshed;
  }
}

interface Job {
  readonly table: ShopTable;
  readonly target: LakeTable;
  readonly lake: Table;
  readonly raw: Snapshot;
  readonly ports: RefreshPorts;
}

async function follow(
  { shown, txn }: Extract<CurrentPlan, { kind: 'follow' }>,
  job: Job,
): Promise<RefreshedCurrent | null> {
  const { table, target, lake, raw, ports } = job;
  const { objectStore } = ports;
  const range = { from: shown + 1, to: raw.version };
  const since = await changedFiles(objectStore, rawTable(table).name, range);
  if (since.outcome === 'unavailable') return rebuild({ why: since.reason, txn }, job);
  const onlyNew = { ...since.snapshot, files: FileSet.of(since.files) };
  const changed = await pinnedTable(rawTable(table), onlyNew, objectStore);
  const survey = await surveyChanges(target, { ...queryOf(ports), changed });
  const plan = planMerge(survey, rowCount(raw));
  if (plan.kind === 'rebuild') return rebuild({ why: plan.why, txn }, job);

  const split: SplitChanges = { upserts: [], deletes: [] };
  if (plan.floorLsn !== null) {
    const { floorLsn } = plan;
    const reaching = await rawChangesFrom(table, raw, objectStore, floorLsn);
    const rows = currentChanges(target, { ...queryOf(ports), raw: reaching, changed, floorLsn });
    for await (const batch of rows) splitChanges(batch, target, split);
  }
  const merged = await lake.merge({
    schema: target.schema,
    key: target.primaryKey,
    ...split,
    txns: [txn],
    userMetadata: ports.userMetadata,
  });
  if (merged.outcome === 'superseded') return null;
  const counts = { upserts: rowsOf(split.upserts), deletes: rowsOf(split.deletes) };
  return {
    refresh: { kind: 'merged', changes: survey.changes, ...counts },
    snapshot: merged.snapshot,
  };
}

async function rebuild(
  { why, txn }: { readonly why: RebuildReason; readonly txn: TxnUpdate },
  { table, target, lake, raw, ports }: Job,
): Promise<RefreshedCurrent | null> {
  const everything = await pinnedTable(rawTable(table), raw, ports.objectStore);
  const written = await lake.overwrite({
    schema: target.schema,
    batches: currentRows(target, { ...queryOf(ports), raw: everything }),
    txns: [{ appId: txn.appId, version: txn.version }],
    userMetadata: ports.userMetadata,
    configuration: target.configuration,
  });
  if (written.outcome === 'superseded') return null;
  return { refresh: { kind: 'rebuilt', why }, snapshot: written.snapshot };
}

interface SplitChanges {
  /** Whole rows. */
  readonly upserts: Batch[];
  /** Keys. */
  readonly deletes: Batch[];
}

/** Adds the rows of a batch of `currentChanges` to what they are for. */
function splitChanges(batch: Batch, target: LakeTable, into: SplitChanges): void {
  const exists = batch.columns._exists ?? [];
  const [kept, gone]: [number[], number[]] = [[], []];
  for (let row = 0; row < batch.rowCount; row++) (exists[row] === true ? kept : gone).push(row);
  const columns = target.schema.fields.map(({ name }) => name);
  if (kept.length > 0) into.upserts.push(rowsAt(batch, columns, kept));
  if (gone.length > 0) into.deletes.push(rowsAt(batch, target.primaryKey, gone));
}

function rowsAt(batch: Batch, columns: readonly string[], rows: readonly number[]): Batch {
  const values = columns.map(
    (name) => [name, rows.map((row) => batch.columns[name]?.[row] ?? null)] as const,
  );
  return { rowCount: rows.length, columns: Object.fromEntries(values) };
}

function rowsOf(batches: readonly Batch[]): number {
  return batches.reduce((sum, { rowCount }) => sum + rowCount, 0);
}

function queryOf({ engine, deadline }: RefreshPorts): Pick<RefreshPorts, 'engine' | 'deadline'> {
  return { engine, ...(deadline === undefined ? {} : { deadline }) };
}
