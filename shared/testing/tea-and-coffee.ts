import { alsParameters, encodeModel, fitAls, interactionMatrix } from '../als/index.ts';
import { type ControlTable, createModelRegistry } from '../control/index.ts';
import {
  DAY_MS,
  type EpochMillis,
  epochMillis,
  orderId,
  orderItemId,
  parseMoney,
  productId,
  userId,
} from '../domain/index.ts';
import type { ObjectStore } from '../lake/index.ts';
import {
  createdProductCodec,
  keys,
  type OnlineProduct,
  type OnlineStore,
  POPULARITY_WINDOW_FIELD,
  PRODUCT_FIELD,
  popularityCodec,
  popularityWindowCodec,
  productCodec,
  recentFactCodec,
  recentField,
} from '../online/index.ts';
import {
  basketsOf,
  DEFAULT_SETTINGS,
  encodeLearned,
  FEATURE_NAMES,
  interactionsOf,
  type LearnedRanker,
  type Purchase,
  popularityOf,
  shopStateOf,
} from '../ranking/index.ts';
import { ALS_RECOMMENDER, modelFolder } from '../tables/index.ts';
import { RANKER_DEFAULTS, trainRanker } from '../trees/index.ts';

/**
 * A shop in which even customers buy the teas 1, 2 and 3, odd ones the coffees 11, 12 and 13, and everybody lately the mug 50.
 * What each customer bought ninety, sixty and three days before `NOW`.
 */
export const NOW = epochMillis(Date.UTC(2026, 10, 23, 12));
export const TEAS = [1, 2, 3];
export const COFFEES = [11, 12, 13];
export const MUG = 50;
export const TEA_DRINKER = userId(2);

export interface CustomerOrder {
  readonly customer: number;
  readonly order: number;
  readonly at: EpochMillis;
  readonly products: readonly number[];
}

export const ORDERS: readonly CustomerOrder[] = Array.from({ length: 20 }, (_, i) => i + 1).flatMap(
  (customer) => {
    const taste = customer % 2 === 0 ? TEAS : COFFEES;
    const order = (number: number, days: number, products: readonly number[]) => ({
      customer,
      order: 10 * customer + number,
      at: epochMillis(NOW - days * DAY_MS),
      products,
    });
    return [
      order(1, 90, taste.slice(customer % 3)),
      order(2, 60, taste.slice(0, 1 + (customer % 3))),
      order(3, 3, [MUG]),
    ];
  },
);

export function product(over: Partial<OnlineProduct> = {}): OnlineProduct {
  return { name: 'Thing', category: 'Things', price: parseMoney('4.50'), stock: 5, active: true, ...over };
}

/** As update-online-state writes them; `null` deletes. A later call wins. */
export async function putProducts(
  online: OnlineStore,
  products: ReadonlyMap<number, OnlineProduct | null>,
  version = 1n,
): Promise<void> {
  await online.putFields(
    [...products].map(([id, row]) => ({
      key: keys.product(productId(id)),
      field: PRODUCT_FIELD,
      version,
      value: row === null ? null : productCodec.encode(row),
    })),
  );
}

/** As update-online-state writes it of a product that is inserted while its changes are captured. */
export async function putCreated(online: OnlineStore, id: number, createdAt: EpochMillis): Promise<void> {
  const value = createdProductCodec.encode({ createdAt });
  await online.putFields([{ key: keys.productsCreated(createdAt), field: String(id), version: 1n, value }]);
}

/** As update-online-state writes it, one line a product. */
export async function putOrder(
  online: OnlineStore,
  { customer, order, at, products }: CustomerOrder,
): Promise<void> {
  await online.putFields(
    products.map((id, line) => ({
      key: keys.userRecent(userId(customer)),
      field: recentField(orderId(order), orderItemId(100 * order + line)),
      version: 1n,
      value: recentFactCodec.encode({
        productId: productId(id),
        orderId: orderId(order),
        quantity: 1,
        price: parseMoney('4.50'),
        at,
      }),
    })),
  );
}

/** As load-online-store writes it. */
export async function putPopularity(
  online: OnlineStore,
  orders: readonly CustomerOrder[],
  asOf: EpochMillis,
): Promise<void> {
  const purchases = orders.flatMap(purchasesOf);
  const [week, fortnight, month] = [7, 14, 28].map((days) => popularityOf(purchases, asOf, days));
  const products = [...(month?.overall ?? [])].map(([id, count]) => [
    String(id),
    popularityCodec.encode({
      productId: productId(id),
      purchases: count,
      purchases7d: week?.recent.get(id) ?? 0,
      purchases14d: fortnight?.recent.get(id) ?? 0,
      purchases28d: month?.recent.get(id) ?? 0,
      decayedOrders: month?.decayedOrders.get(id) ?? 0,
      decayedFirstOrders: month?.decayedFirstOrders.get(id) ?? 0,
    }),
  ]) as [string, string][];
  const window = popularityWindowCodec.encode({
    asOf,
    orders7d: week?.baskets ?? 0,
    orders14d: fortnight?.baskets ?? 0,
    orders28d: month?.baskets ?? 0,
  });
  await online.replace([
    [keys.recentPopularity, new Map(products)],
    [keys.popularityWindow, new Map([[POPULARITY_WINDOW_FIELD, window]])],
  ]);
}

/** Products, histories and popularity of the whole shop. */
export async function fillOnlineStore(online: OnlineStore): Promise<void> {
  const rows = [...TEAS, ...COFFEES, MUG].map((id) => {
    const [name, category] =
      id === MUG ? ['Mug', 'Home'] : id < 10 ? [`Tea ${id}`, 'Tea'] : [`Coffee ${id}`, 'Coffee'];
    return [id, product({ name, category })] as const;
  });
  await putProducts(online, new Map(rows));
  for (const order of ORDERS) await putOrder(online, order);
  await putPopularity(online, ORDERS, NOW);
}

/** Trees for the shop, which put first what the customer bought in most orders, and of the rest what goes with the last one. */
export async function learnedRanker(): Promise<LearnedRanker> {
  const width = FEATURE_NAMES.length;
  const features = new Float32Array(400 * width);
  const labels = new Uint8Array(400);
  for (let row = 0; row < labels.length; row++) {
    const [orders, near] = [row % 5, Math.floor(row / 5) % 2];
    features[row * width + FEATURE_NAMES.indexOf('own.baskets')] = orders;
    features[row * width + FEATURE_NAMES.indexOf('together.score')] = near;
    labels[row] = 2 * orders + near;
  }
  const rows = { features, labels, groups: new Int32Array(40).fill(10), featureNames: FEATURE_NAMES };
  const parameters = { ...RANKER_DEFAULTS, learningRate: 0.3, minRowsPerLeaf: 1, featureFraction: 1 };
  const { ensemble } = await trainRanker(rows, parameters);
  return { shop: shopStateOf(histories().values(), NOW), trees: { any: ensemble, novel: ensemble } };
}

/** As train-model leaves a version that it promotes. */
export async function promoteModel(
  version: string,
  {
    store,
    controlTable,
    learned,
  }: {
    readonly store: ObjectStore;
    readonly controlTable: ControlTable;
    readonly learned?: LearnedRanker;
  },
): Promise<void> {
  const ratings = [...histories()].flatMap(([customer, history]) => {
    return interactionsOf(basketsOf(history), NOW, DEFAULT_SETTINGS).map((rating) => ({
      customer,
      ...rating,
    }));
  });
  const model = await fitAls(
    interactionMatrix({
      users: Int32Array.from(ratings, ({ customer }) => customer),
      items: Int32Array.from(ratings, ({ item }) => item),
      values: Float32Array.from(ratings, ({ rating }) => rating),
    }),
    alsParameters({ rank: 4, implicitPrefs: true, alpha: 4, regParam: 0.01 }),
  );
  const notes = { version, createdAt: NOW, lakeVersions: {}, metrics: {}, ranking: DEFAULT_SETTINGS };
  for (const { path, bytes } of encodeModel(model, notes, learned && encodeLearned(learned))) {
    await store.put(`${modelFolder(version)}/${path}`, bytes);
  }
  const registry = createModelRegistry(controlTable, ALS_RECOMMENDER);
  await registry.register({
    version,
    registeredAt: NOW,
    metrics: {},
    baselines: {},
    lakeVersions: {},
    parameters: {},
  });
  await registry.promote(version, (await registry.live())?.version ?? null, NOW);
}

function histories(): ReadonlyMap<number, readonly Purchase[]> {
  const customers = new Set(ORDERS.map(({ customer }) => customer));
  return new Map(
    [...customers].map((customer) => [
      customer,
      ORDERS.filter((order) => order.customer === customer).flatMap(purchasesOf),
    ]),
  );
}

function purchasesOf({ customer, order, at, products }: CustomerOrder) {
  return products.map((id) => ({ customer, product: id, basket: order, at, quantity: 1 }));
}
