import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fitAls, interactionMatrix, uniform } from '../../shared/als/index.ts';
import { PlatformError } from '../../shared/errors.ts';
import {
  type CustomerPurchase,
  type TrainingOptions,
  trainRecommender,
} from '../../shared/evaluation/index.ts';
import { basketsOf, FEATURE_NAMES, interactionsOf, shopStateOf } from '../../shared/ranking/index.ts';
import { childEnvironment } from '../../shared/runtime/config.ts';
import { readOrderLines } from '../shop/index.ts';
import { purchaseHistory } from '../shop/purchase-history.ts';
import type { Answers, Questions } from './answering-process.ts';
import { END, generatedCategories, generatedPurchases, type ShopShape } from './generated-purchases.ts';
import { median } from './lake-sides.ts';
import { percentilesText } from './percentiles.ts';
import { type ShopToServe, storeShop } from './served-shop.ts';

interface RecommendBenchOptions {
  /** CSV of order lines of a real shop. */
  readonly orders?: string;
  readonly profileFolder?: string;
}

const SMALL: ShopShape = { products: 4_000, customers: 4_300 };
const LARGE: ShopShape = { products: 100_000, customers: 20_000 };
const ASKED = 2_000;
const WARM_UP = 300;
const VALIDATION_DAYS = 14;

/**
 * How long a for-you answer of ten products takes in process, through the use case of functions/recommend: history and products
 * from the embedded online store, ALS folded in, candidates of every source, all features, trees, reasons, and the answer's record
 * on disk. One caller, one answer after the other, each for another customer, drawn by how often they buy, of a process that does
 * nothing else; the model is as `servingStateReader` loads it, and read again as often as it does.
 */
export async function benchRecommend(
  print: (line: string) => void,
  { orders, profileFolder }: RecommendBenchOptions = {},
): Promise<void> {
  const real = orders === undefined ? null : await realShop(orders);
  if (real === null) print('without a real shop: name a CSV of order lines by --orders');
  else await measure('real shop', real, print, profileFolder);
  const taught =
    real ?? (await trained(generatedPurchases(SMALL), END, { categories: generatedCategories(SMALL) }));
  const small = real === null ? taught : await withTreesOf(real, SMALL);
  await measure('4,000 products', small, print, profileFolder);
  await measure('100,000 products', await withTreesOf(taught, LARGE), print, profileFolder);
  print(`trees and settings of ${real === null ? 'the shop of 4,000 products' : 'the real shop'}`);
}

async function realShop(orders: string): Promise<Shop> {
  const { purchases, span } = await purchaseHistory(readOrderLines(orders));
  return trained(purchases, (span?.to ?? 0) + 1);
}

type Shop = Omit<ShopToServe, 'customers'>;

/** Settings, ALS and trees of the shop's own. */
async function trained(
  purchases: readonly CustomerPurchase[],
  now: number,
  known: Pick<TrainingOptions, 'categories'> = {},
): Promise<Shop> {
  const recommender = await trainRecommender(purchases, {
    ...known,
    now,
    validationDays: VALIDATION_DAYS,
    seed: 1,
    tryTrees: true,
  });
  if (recommender.learned?.trees.any == null)
    throw new PlatformError('bench_no_trees', 'trees ranked the shop no better than the blend');
  return { purchases, now, recommender };
}

/** A generated shop with ALS, popularity and statistics of its own, and the settings and trees of another. */
async function withTreesOf({ recommender }: Shop, shape: ShopShape): Promise<Shop> {
  const purchases = generatedPurchases(shape);
  const { settings, learned, model } = recommender;
  const histories = historiesOf(purchases);
  const rated = [...histories].flatMap(([customer, history]) =>
    interactionsOf(basketsOf(history), END, settings).map((rating) => ({ customer, ...rating })),
  );
  const interactions = interactionMatrix({
    users: Int32Array.from(rated, ({ customer }) => customer),
    items: Int32Array.from(rated, ({ item }) => item),
    values: Float32Array.from(rated, ({ rating }) => rating),
  });
  const own = {
    settings,
    model: await fitAls(interactions, model.parameters),
    learned: {
      shop: shopStateOf(histories.values(), END, generatedCategories(shape)),
      trees: learned!.trees,
    },
  };
  return { purchases, now: END, recommender: own };
}

async function measure(
  name: string,
  shop: Shop,
  print: (line: string) => void,
  profileFolder: string | undefined,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'recommend-bench-'));
  try {
    const customers = drawn(historiesOf(shop.purchases), ASKED + WARM_UP);
    await storeShop(folder, { ...shop, customers });
    const { times, candidates, products, trees, hot } = await answersOf({
      folder,
      now: shop.now,
      warmUp: customers.slice(ASKED),
      asked: customers.slice(0, ASKED),
      profile: profileFolder === undefined ? undefined : { folder: profileFolder, name },
    });
    print(`${name}: ${percentilesText(times, 'ms')} · max ${Math.max(...times).toFixed(1)} ms`);
    print(
      `  ${times.length} customers, ${products} products, ${median(candidates)} candidates (at most ${Math.max(...candidates)}), ${FEATURE_NAMES.length} features, ${trees} trees`,
    );
    for (const { name: hotName, place, share } of hot)
      print(`  ${(100 * share).toFixed(0)} % ${hotName} ${place}`);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Of a process of their own. */
async function answersOf(questions: Questions): Promise<Answers> {
  const child = fork(join(import.meta.dirname, 'answering-process.ts'), {
    execArgv: ['--import', 'tsx'],
    env: childEnvironment({}),
  });
  const gone = once(child, 'exit').then(([code]) => {
    throw new PlatformError('bench_answer', `the process that answers ended with code ${code}`);
  });
  child.send(questions);
  const [answers] = (await Promise.race([once(child, 'message'), gone])) as [Answers];
  gone.catch(() => {});
  return answers;
}

function historiesOf(purchases: readonly CustomerPurchase[]): ReadonlyMap<number, CustomerPurchase[]> {
  const histories = new Map<number, CustomerPurchase[]>();
  for (const purchase of purchases) {
    const history = histories.get(purchase.customer);
    if (history === undefined) histories.set(purchase.customer, [purchase]);
    else history.push(purchase);
  }
  return histories;
}

/**
 * Different customers, the likelier and the earlier the more baskets they have, as they are in a shop's traffic: Efraimidis and
 * Spirakis 2006, https://doi.org/10.1016/j.ipl.2005.11.003.
 */
function drawn(histories: ReadonlyMap<number, readonly CustomerPurchase[]>, count: number): number[] {
  const next = uniform(1, 'customers');
  return [...histories]
    .map(([customer, history]) => ({
      customer,
      place: -Math.log(1 - next()) / new Set(history.map(({ basket }) => basket)).size,
    }))
    .sort((a, b) => a.place - b.place)
    .slice(0, count)
    .map(({ customer }) => customer);
}
