import { join } from 'node:path';
import { openFolderStore } from '../../shared/adapters/fs-object-store.ts';
import { openLmdbEventLog } from '../../shared/adapters/lmdb-event-log.ts';
import { openLmdbOnlineStore } from '../../shared/adapters/lmdb-online-store.ts';
import { encodeModel } from '../../shared/als/index.ts';
import { createMemoryControlTable, createModelRegistry } from '../../shared/control/index.ts';
import {
  BEHAVIOUR_TOPIC,
  type EpochMillis,
  epochMillis,
  moneyOfCents,
  orderId,
  orderItemId,
  productId,
  userId,
} from '../../shared/domain/index.ts';
import type { CustomerPurchase, TrainedRecommender } from '../../shared/evaluation/index.ts';
import {
  keys,
  type OnlineHash,
  type OnlineStore,
  POPULARITY_WINDOW_FIELD,
  PRODUCT_FIELD,
  popularityCodec,
  popularityWindowCodec,
  productCodec,
  recentFactCodec,
  recentField,
} from '../../shared/online/index.ts';
import { encodeLearned, popularityOf } from '../../shared/ranking/index.ts';
import { servingStateReader } from '../../shared/serving/index.ts';
import { ALS_RECOMMENDER, modelFolder } from '../../shared/tables/index.ts';

export interface ShopToServe {
  readonly purchases: readonly CustomerPurchase[];
  /** Those whose histories are stored. */
  readonly customers: readonly number[];
  /** The moment at which the shop is asked, milliseconds since 1970 UTC. */
  readonly now: number;
  readonly recommender: Pick<TrainedRecommender, 'model' | 'settings' | 'learned'>;
}

const VERSION = 'bench';
/** Folders. */
const ONLINE = 'online';
const MODELS = 'models';
/** Products as long in text as a shop's own. */
const STOCK = 40;

/**
 * Lays a shop out in embedded stores in `folder`, as the platform's functions leave it: what load-online-store and update-online-state
 * write of its products, its popularity and its customers' histories, and the model that train-model writes.
 */
export async function storeShop(folder: string, shop: ShopToServe): Promise<void> {
  const online = openLmdbOnlineStore({ path: join(folder, ONLINE) });
  await online.replace(hashesOf(shop));
  await online.close();
  const store = await openFolderStore(join(folder, MODELS));
  const { model, settings, learned } = shop.recommender;
  const notes = { version: VERSION, createdAt: shop.now, lakeVersions: {}, metrics: {}, ranking: settings };
  for (const { path, bytes } of encodeModel(model, notes, learned === null ? [] : encodeLearned(learned)))
    await store.put(`${modelFolder(VERSION)}/${path}`, bytes);
}

/** What functions/recommend answers with, over a stored shop. @param now the moment at which the shop is asked */
export async function openServedShop(folder: string, now: EpochMillis) {
  const online = openLmdbOnlineStore({ path: join(folder, ONLINE) });
  const eventLog = await openLmdbEventLog({ path: join(folder, 'log') });
  await eventLog.createTopics([{ topic: BEHAVIOUR_TOPIC, partitions: 4 }]);
  const store = await openFolderStore(join(folder, MODELS));
  const controlTable = createMemoryControlTable();
  const registry = createModelRegistry(controlTable, ALS_RECOMMENDER);
  await registry.register({
    version: VERSION,
    registeredAt: now,
    metrics: {},
    baselines: {},
    lakeVersions: {},
    parameters: {},
  });
  await registry.promote(VERSION, null, now);

  const servingState = servingStateReader({
    controlTable: async () => controlTable,
    objectStore: async () => store,
    online: async () => online,
    // By the clock, so that the state is read again as often as beside a shop that is open.
    now: () => epochMillis(Date.now()),
    onStale: (error) => {
      throw error;
    },
  });
  let answers = 0;
  return {
    ports: { online, servingState, eventLog, now: () => now, newId: () => `answer-${++answers}` },
    close: async () => {
      await online.close();
      await eventLog.close();
    },
  };
}

/** As update-online-state writes an order of one line. */
export async function putPurchase(online: OnlineStore, purchase: CustomerPurchase): Promise<void> {
  const fact = factOf(purchase, purchase.basket);
  await online.putFields([{ key: keys.userRecent(userId(purchase.customer)), version: 1n, ...fact }]);
}

function factOf({ product, basket, at, quantity, price = 1 }: CustomerPurchase, line: number) {
  const order = orderId(basket);
  const fact = { productId: productId(product), orderId: order, quantity, at: epochMillis(at) };
  return {
    field: recentField(order, orderItemId(line)),
    value: recentFactCodec.encode({ ...fact, price: moneyOf(price) }),
  };
}

function* hashesOf({ purchases, customers, now }: ShopToServe): Generator<readonly [string, OnlineHash]> {
  const prices = new Map(purchases.map(({ product, price = 1 }) => [product, price]));
  for (const [product, price] of prices) {
    const row = productCodec.encode({
      name: `Product number ${product}`,
      category: `Category ${product % 50}`,
      price: moneyOf(price),
      stock: STOCK,
      active: true,
    });
    yield [keys.product(productId(product)), new Map([[PRODUCT_FIELD, row]])];
  }

  const asked = new Map(customers.map((customer) => [customer, new Map<string, string>()]));
  purchases.forEach((purchase, line) => {
    const { field, value } = factOf(purchase, line + 1);
    asked.get(purchase.customer)?.set(field, value);
  });
  for (const [customer, facts] of asked) yield [keys.userRecent(userId(customer)), facts];

  const [week, fortnight, month] = [7, 14, 28].map((days) => popularityOf(purchases, now, days));
  const counts = [...month!.overall].map(([product, count]): [string, string] => [
    String(product),
    popularityCodec.encode({
      productId: productId(product),
      purchases: count,
      purchases7d: week!.recent.get(product) ?? 0,
      purchases14d: fortnight!.recent.get(product) ?? 0,
      purchases28d: month!.recent.get(product) ?? 0,
      decayedOrders: month!.decayedOrders.get(product) ?? 0,
      decayedFirstOrders: month!.decayedFirstOrders.get(product) ?? 0,
    }),
  ]);
  yield [keys.recentPopularity, new Map(counts)];
  const window = popularityWindowCodec.encode({
    asOf: epochMillis(now),
    orders7d: week!.baskets,
    orders14d: fortnight!.baskets,
    orders28d: month!.baskets,
  });
  yield [keys.popularityWindow, new Map([[POPULARITY_WINDOW_FIELD, window]])];
}

function moneyOf(price: number) {
  return moneyOfCents(BigInt(Math.max(1, Math.round(100 * price))));
}
