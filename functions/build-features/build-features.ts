import { type EpochMillis, shopTime } from '../../shared/domain/index.ts';
import {
  DEFAULT_HALF_LIFE_DAYS,
  newestSale,
  productPopularity,
  type QueryBatch,
  type QueryTable,
  shopActivity,
  userItemInteractions,
  userRfm,
} from '../../shared/features/index.ts';
import { rowCount, type Snapshot, type TxnUpdate } from '../../shared/lake/index.ts';
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
import { type CurrentRefresh, type RefreshPorts, refreshCurrent } from './refresh-current.ts';

export interface BuildFeaturesRequest {
  readonly runId: string;
  /** The features know nothing at or after this time. The same for every repetition of a run. */
  readonly asOf: EpochMillis;
}

export type BuildFeaturesPorts = Omit<RefreshPorts, 'userMetadata'>;

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
  readonly change: TableChange;
}

/** What the run did to a table, and why. */
export type TableChange =
  | CurrentRefresh
  /** The features stood already as of this moment, or of a later one. */
  | { readonly kind: 'kept'; readonly why: 'built-before' }
  | { readonly kind: 'rebuilt'; readonly why: 'new-moment' };

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
  for (const [table, snapshot] of raw) {
    const { refresh, snapshot: refreshed } = await refreshCurrent(table, snapshot, run);
    current.set(table, await built(currentTable(table), refreshed, refresh, run));
  }

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

async function overwrite(
  target: LakeTable,
  rows: AsyncIterable<QueryBatch>,
  txn: TxnUpdate,
  run: RefreshPorts,
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
    ? built(target, written.snapshot, { kind: 'rebuilt', why: 'new-moment' }, run)
    : built(target, await table.snapshot(), { kind: 'kept', why: 'built-before' }, run);
}

async function built(
  table: LakeTable,
  snapshot: Snapshot | null,
  change: TableChange,
  run: RefreshPorts,
): Promise<Built> {
  const { name } = table;
  const rows = snapshot === null ? null : rowCount(snapshot);
  return {
    report: { name, version: snapshot?.version ?? null, rows, change },
    source: await pinnedTable(table, snapshot, run.objectStore),
  };
}

function sourceOf(current: ReadonlyMap<ShopTable, Built>, table: 'orders' | 'order_items'): QueryTable {
  return current.get(table)?.source ?? { schema: currentTable(table).schema, files: [] };
}
