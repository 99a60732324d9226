import { encodeModel } from '../../shared/als/index.ts';
import { type ControlTable, createModelRegistry, type ModelVersion } from '../../shared/control/index.ts';
import { type EpochMillis, epochMillis, shopTime } from '../../shared/domain/index.ts';
import { type CustomerPurchase, trainRecommender } from '../../shared/evaluation/index.ts';
import { type QueryEngine, saleLines } from '../../shared/features/index.ts';
import { dataFileUris, type ObjectStore, type Snapshot, type Table } from '../../shared/lake/index.ts';
import { ALS_RECOMMENDER, currentTable, modelFolder } from '../../shared/tables/index.ts';
import { planPromotion } from './plan-promotion.ts';

/** As long as the window of recent popularity, so that a season weighs alike in both. */
const VALIDATION_DAYS = 14;
/** Models differ by their data alone. */
const SEED = 42;

export interface TrainModelPorts {
  readonly lakeTable: (path: string) => Table;
  readonly objectStore: ObjectStore;
  readonly engine: QueryEngine;
  readonly controlTable: ControlTable;
  readonly now: () => EpochMillis;
  readonly deadline: AbortSignal;
  readonly onProgress: (message: string) => void;
}

export interface TrainModelReport {
  readonly outcome: 'promoted' | 'kept-live' | 'nothing-sold';
  readonly version: string | null;
  readonly reason: string;
}

/**
 * Trains on every sale of the current tables, measures on a validation window at the end of the history, stores the artifact,
 * registers it under the run's id, and promotes it by one conditional write when `planPromotion` says so. A repetition of a run
 * finds its version registered and only decides on the promotion again. Where another model went live in between, that one stays.
 */
export async function trainModel(
  { runId, asOf }: { readonly runId: string; readonly asOf: EpochMillis },
  ports: TrainModelPorts,
): Promise<TrainModelReport> {
  const registry = createModelRegistry(ports.controlTable, ALS_RECOMMENDER);
  const candidate = (await registry.get(runId)) ?? (await trainVersion(runId, asOf, ports));
  if (candidate === null)
    return { outcome: 'nothing-sold', version: null, reason: 'no customer has bought anything' };
  await registry.register(candidate);

  const live = await registry.live();
  if (live?.version === runId) return { outcome: 'promoted', version: runId, reason: 'it is live already' };
  const liveMetrics = live === null ? null : ((await registry.get(live.version))?.metrics ?? null);
  const { promote, reason } = planPromotion(candidate, liveMetrics);
  if (!promote) return { outcome: 'kept-live', version: runId, reason };
  const promoted = await registry.promote(runId, live?.version ?? null, ports.now());
  return promoted.outcome === 'promoted'
    ? { outcome: 'promoted', version: runId, reason }
    : { outcome: 'kept-live', version: runId, reason: 'another model went live meanwhile' };
}

/** null: there is nothing to train on. */
async function trainVersion(
  version: string,
  asOf: EpochMillis,
  ports: TrainModelPorts,
): Promise<ModelVersion | null> {
  const orders = await ports.lakeTable(currentTable('orders').name).snapshot();
  const items = await ports.lakeTable(currentTable('order_items').name).snapshot();
  const purchases = await readPurchases(orders, items, asOf, ports);
  if (purchases.length === 0) return null;
  const newest = purchases.reduce((latest, { at }) => Math.max(latest, at), 0);
  const trained = await trainRecommender(purchases, {
    now: shopTime(asOf, epochMillis(newest)),
    validationDays: VALIDATION_DAYS,
    seed: SEED,
    tune: 'weights',
    signal: ports.deadline,
    onProgress: ports.onProgress,
  });
  const lakeVersions = {
    [currentTable('orders').name]: orders?.version ?? 0,
    [currentTable('order_items').name]: items?.version ?? 0,
  };
  const createdAt = ports.now();
  const files = encodeModel(trained.model, {
    version,
    createdAt,
    lakeVersions,
    metrics: trained.metrics,
    ranking: trained.settings,
  });
  // The manifest comes last, so that a folder with a manifest is whole.
  for (const { path, bytes } of files) await ports.objectStore.put(`${modelFolder(version)}/${path}`, bytes);
  return versionOf(version, createdAt, lakeVersions, trained);
}

function versionOf(
  version: string,
  registeredAt: EpochMillis,
  lakeVersions: Readonly<Record<string, number>>,
  { metrics, model }: Awaited<ReturnType<typeof trainRecommender>>,
): ModelVersion {
  const { popularityNdcgAt10, personalFrequencyNdcgAt10, ...own } = metrics;
  return {
    version,
    registeredAt,
    metrics: given(own),
    baselines: {
      popularity: given({ ndcgAt10: popularityNdcgAt10 }),
      'personal frequency': given({ ndcgAt10: personalFrequencyNdcgAt10 }),
    },
    lakeVersions,
    parameters: { ...model.parameters },
  };
}

async function readPurchases(
  orders: Snapshot | null,
  items: Snapshot | null,
  asOf: EpochMillis,
  { engine, objectStore, deadline }: TrainModelPorts,
): Promise<CustomerPurchase[]> {
  const purchases: CustomerPurchase[] = [];
  const rows = saleLines({
    engine,
    asOf,
    deadline,
    orders: {
      schema: currentTable('orders').schema,
      files: orders === null ? [] : dataFileUris(objectStore, orders),
    },
    orderItems: {
      schema: currentTable('order_items').schema,
      files: items === null ? [] : dataFileUris(objectStore, items),
    },
  });
  for await (const { rowCount, columns } of rows) {
    const column = (name: string) => columns[name] as readonly number[];
    const [customer, product, basket] = [column('user_id'), column('product_id'), column('order_id')];
    const [at, quantity] = [column('created_at_ms'), column('quantity')];
    for (let i = 0; i < rowCount; i++) {
      purchases.push({
        customer: customer[i] as number,
        product: product[i] as number,
        basket: basket[i] as number,
        at: at[i] as number,
        quantity: quantity[i] as number,
      });
    }
  }
  return purchases;
}

function given(values: Readonly<Record<string, number | undefined>>): Record<string, number> {
  const present = Object.entries(values).filter((entry): entry is [string, number] =>
    Number.isFinite(entry[1]),
  );
  return Object.fromEntries(present);
}
