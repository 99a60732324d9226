import { type EpochMillis, shopTime } from '../../shared/domain/index.ts';
import {
  currentRows,
  DEFAULT_HALF_LIFE_DAYS,
  newestSale,
  productPopularity,
  type QueryBatch,
  type QueryEngine,
  type QueryTable,
  shopActivity,
  userItemInteractions,
  userRfm,
} from '../../shared/features/index.ts';
import {
  type ObjectStore,
  rowCount,
  type Snapshot,
  type Table,
  type TxnUpdate,
} from '../../shared/lake/index.ts';
import {
  currentTable,
  type LakeTable,
  PRODUCT_POPULARITY,
  pinnedTable,
  rawTable,
  SHOP_ACTIVITY,
  SHOP_TABLES,
  type ShopTable,
  USER_ITEM_INTERACTIONS,
  USER_RFM,
} from '../../shared/tables/index.ts';
import { type CurrentPlan, planCurrent } from './plan-current.ts';

export interface BuildFeaturesRequest {
  readonly runId: string;
  /** The features know nothing at or after this time. The same for every repetition of a run. */
  readonly asOf: EpochMillis;
}

export interface BuildFeaturesPorts {
  /** A table of the lakehouse by its path; one handle for the life of the process. */
  readonly lakeTable: (path: string) => Table;
  readonly objectStore: ObjectStore;
  readonly engine: QueryEngine;
  readonly deadline?: AbortSignal;
}

export interface BuildFeaturesReport {
  readonly runId: string;
  readonly asOf: EpochMillis;
  /** The moment the features look back from: `asOf`, or the end of a history that ended long before it. */
  readonly shopTime: EpochMillis;
  /** Table name -> the version that everything in this run was read from; null where there is no table yet. */
  readonly pinned: Readonly<Record<string, number | null>>;
  readonly tables: readonly TableReport[];
}

export interface TableReport {
  readonly name: string;
  readonly version: number | null;
  readonly rows: number | null;
  /** True where the table stood already as this run would have made it, or newer. */
  readonly skipped: boolean;
}

/** One table after its step, to be read by the steps that follow. */
interface Built {
  readonly report: TableReport;
  readonly source: QueryTable;
}

/**
 * Pins one version of every raw table, brings `current/*` up to those versions, and rebuilds `features/*` from them as of
 * the shop's time. Every commit names the pinned versions. Repeating a run writes nothing that is there already.
 */
export async function buildFeatures(
  request: BuildFeaturesRequest,
  ports: BuildFeaturesPorts,
): Promise<BuildFeaturesReport> {
  const raw = new Map<ShopTable, Snapshot | null>();
  for (const table of SHOP_TABLES) raw.set(table, await ports.lakeTable(rawTable(table).name).snapshot());
  const pinned = Object.fromEntries(
    [...raw].map(([table, snapshot]) => [rawTable(table).name, snapshot?.version ?? null]),
  );
  const run = {
    ...ports,
    userMetadata: JSON.stringify({ runId: request.runId, asOf: request.asOf, pinned }),
  };

  const current = new Map<ShopTable, Built>();
  for (const [table, snapshot] of raw) current.set(table, await refreshCurrent(table, snapshot, run));

  const whole = {
    engine: ports.engine,
    asOf: request.asOf,
    orders: sourceOf(current, 'orders'),
    ...(ports.deadline === undefined ? {} : { deadline: ports.deadline }),
  };
  const point = { ...whole, asOf: shopTime(request.asOf, await newestSale(whole)) };
  const withItems = { ...point, orderItems: sourceOf(current, 'order_items') };
  const scored = { ...withItems, halfLifeDays: DEFAULT_HALF_LIFE_DAYS };
  const features: readonly (readonly [LakeTable, AsyncIterable<QueryBatch>])[] = [
    [USER_ITEM_INTERACTIONS, userItemInteractions(scored)],
    [PRODUCT_POPULARITY, productPopularity(withItems)],
    [USER_RFM, userRfm(point)],
    [SHOP_ACTIVITY, shopActivity(point)],
  ];
  const tables = [...current.values()].map(({ report }) => report);
  for (const [table, rows] of features) {
    // A later run has a later time, so the time is the version: a repetition is not newer and writes nothing.
    const txn = { appId: `feature/${table.name}`, version: request.asOf };
    tables.push((await overwrite(table, rows, txn, run)).report);
  }
  return { runId: request.runId, asOf: request.asOf, shopTime: point.asOf, pinned, tables };
}

interface Run extends BuildFeaturesPorts {
  readonly userMetadata: string;
}

async function refreshCurrent(table: ShopTable, raw: Snapshot | null, run: Run): Promise<Built> {
  const target = currentTable(table);
  const plan: CurrentPlan = planCurrent(target.name, raw, await run.lakeTable(target.name).snapshot());
  if (plan.kind === 'keep') return built(target, plan.snapshot, true, run);
  const rows = currentRows(target, {
    engine: run.engine,
    raw: pinnedTable(rawTable(table), plan.from, run.objectStore),
    ...(run.deadline === undefined ? {} : { deadline: run.deadline }),
  });
  return overwrite(target, rows, plan.txn, run);
}

async function overwrite(
  target: LakeTable,
  rows: AsyncIterable<QueryBatch>,
  txn: TxnUpdate,
  run: Run,
): Promise<Built> {
  const table = run.lakeTable(target.name);
  const written = await table.overwrite({
    schema: target.schema,
    batches: rows,
    txns: [txn],
    userMetadata: run.userMetadata,
    configuration: target.configuration,
  });
  return written.outcome === 'committed'
    ? built(target, written.snapshot, false, run)
    : built(target, await table.snapshot(), true, run);
}

function built(table: LakeTable, snapshot: Snapshot | null, skipped: boolean, run: Run): Built {
  return {
    report: {
      name: table.name,
      version: snapshot?.version ?? null,
      rows: snapshot === null ? null : rowCount(snapshot),
      skipped,
    },
    source: pinnedTable(table, snapshot, run.objectStore),
  };
}

function sourceOf(current: ReadonlyMap<ShopTable, Built>, table: 'orders' | 'order_items'): QueryTable {
  return current.get(table)?.source ?? { schema: currentTable(table).schema, files: [] };
}
