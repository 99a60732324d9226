import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { recommend } from '../../functions/recommend/recommend.ts';
import { parseRecommendRequest } from '../../functions/recommend/request.ts';
import { DAY_MS, epochMillis } from '../../shared/domain/index.ts';
import { PlatformError } from '../../shared/errors.ts';
import {
  type CustomerAtCut,
  type CustomerPurchase,
  measure,
  splitAt,
  type TemporalSplit,
  trainRecommender,
} from '../../shared/evaluation/index.ts';
import { readOrderLines } from '../shop/index.ts';
import { purchaseHistory } from '../shop/purchase-history.ts';
import { type GorseSetUp, SET_UPS, startGorse } from './gorse-server.ts';
import { percentilesText } from './percentiles.ts';
import { openServedShop, putPurchase, storeShop } from './served-shop.ts';

interface GorseBenchOptions {
  /** CSV of order lines of a real shop. */
  readonly orders?: string;
  /** ISO date. */
  readonly cut?: string;
}

const DAYS = 14;
const LENGTH = 10;
const BATCH = 5_000;
const REACTIONS = 5;
/** Before it has a list for anybody it learns, and its worker goes round. */
const KEPT_MS = 15 * 60_000;
/** Longer than a round of its worker takes to begin. */
const SETTLED_MS = 90_000;
const REACTION_MS = 150_000;
/** Customers who are asked for before the clock runs, and by whom it is told that answers are computed. */
const WARM_UP = 200;

/** One side: asked over HTTP on this machine, one request after the other. */
interface Side {
  readonly name: string;
  ask(customer: number): Promise<readonly number[]>;
  buy(purchase: CustomerPurchase): Promise<void>;
}

/**
 * What both sides answer for the customers who buy in the fortnight after the cut, knowing what lies before it: NDCG@10 of the answers
 * themselves, how long they take, and how long it is from a purchase to another answer. Ours gets the purchase where
 * update-online-state writes it; `npm run bench -- freshness` measures the way there from the shop's database.
 * The environment variable GORSE names the program `gorse-in-one`.
 */
export async function benchGorse(
  print: (line: string) => void,
  { orders, cut }: GorseBenchOptions = {},
): Promise<void> {
  if (orders === undefined || cut === undefined || Number.isNaN(Date.parse(cut)))
    throw new PlatformError(
      'invalid_arguments',
      'name a shop by --orders FILE.csv and a date by --cut YYYY-MM-DD',
    );
  const { purchases } = await purchaseHistory(readOrderLines(orders));
  const split = splitAt(purchases, Date.parse(cut), DAYS);
  print(`${split.customers.length} customers of the ${DAYS} days from ${cut}`);
  await compareOurs(split, print);
  const binary = process.env.GORSE;
  if (binary === undefined) {
    print('without gorse: name gorse-in-one by the environment variable GORSE');
    return;
  }
  for (const setUp of SET_UPS) await compareGorse(binary, setUp, split, print);
}

async function compareOurs(split: TemporalSplit, print: (line: string) => void): Promise<void> {
  const purchases = [...split.before];
  const { cut } = split;
  const recommender = await trainRecommender(purchases, {
    now: cut,
    validationDays: DAYS,
    seed: 1,
    tryTrees: true,
  });
  const folder = await mkdtemp(join(tmpdir(), 'gorse-bench-'));
  const customers = split.customers.map(({ customer }) => customer);
  await storeShop(folder, { purchases, customers, now: cut, recommender });
  const shop = await openServedShop(folder, epochMillis(cut));
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '', 'http://localhost').pathname;
    const userId = path.split('/').at(-1) ?? '';
    recommend(parseRecommendRequest({ path, pathParameters: { userId }, query: {} }), shop.ports).then(
      (answer) => response.setHeader('content-type', 'application/json').end(JSON.stringify(answer)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/v1/recommendations`;
  try {
    await compareSide(
      {
        name: 'ours',
        ask: async (customer) => {
          const response = await fetch(`${url}/${customer}`);
          const { items } = (await response.json()) as { items: readonly { readonly productId: number }[] };
          return items.map(({ productId }) => productId);
        },
        buy: (purchase) => putPurchase(shop.ports.online, purchase),
      },
      split,
      print,
    );
  } finally {
    server.close();
    await shop.close();
    await rm(folder, { recursive: true });
  }
}

async function compareGorse(
  binary: string,
  { name, kept, settings }: GorseSetUp,
  split: TemporalSplit,
  print: (line: string) => void,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'gorse-bench-'));
  let server = await startGorse(binary, folder, settings);
  try {
    const feedback = [...feedbackOf(split.before).values()];
    for (let at = 0; at < feedback.length; at += BATCH) await server.insert(feedback.slice(at, at + BATCH));
    // It learns from what is there when it starts.
    await server.stop();
    server = await startGorse(binary, folder, settings);
    const began = performance.now();
    const running = server;
    const listOf = kept ? running.kept : (customer: number) => running.recommend(customer, LENGTH);
    await settled(listOf, kept ? split.customers : split.customers.slice(0, WARM_UP));
    print(`${name}: ready ${((performance.now() - began) / 1_000).toFixed(0)} s after its start`);
    await compareSide(
      {
        name,
        ask: async (customer) => (await server.recommend(customer, LENGTH)).map(Number),
        buy: (purchase) => server.insert([...feedbackOf([purchase], Date.now()).values()]),
      },
      split,
      print,
    );
  } finally {
    await server.stop();
    await rm(folder, { recursive: true });
  }
}

function feedbackOf(purchases: Iterable<CustomerPurchase>, now?: number) {
  return new Map(
    Array.from(purchases, ({ customer, product, at }) => [
      `${customer} ${product}`,
      {
        FeedbackType: 'purchase',
        UserId: String(customer),
        ItemId: String(product),
        Timestamp: new Date(now ?? at).toISOString(),
      },
    ]),
  );
}

/** Until no more customers get a list than did a while ago; some never get one. */
async function settled(
  listOf: (customer: number) => Promise<readonly string[]>,
  customers: readonly CustomerAtCut[],
): Promise<void> {
  let listed = 0;
  let grownAt = Date.now();
  while (listed === 0 || Date.now() - grownAt < SETTLED_MS) {
    if (Date.now() - grownAt > KEPT_MS)
      throw new PlatformError('bench_peer_failed', 'gorse has no list for anybody');
    await wait(1_000);
    const lists = await Promise.all(customers.map(({ customer }) => listOf(customer)));
    const count = lists.filter(({ length }) => length > 0).length;
    if (count > listed) {
      listed = count;
      grownAt = Date.now();
    }
  }
}

async function compareSide(side: Side, split: TemporalSplit, print: (line: string) => void): Promise<void> {
  for (const { customer } of split.customers.slice(0, WARM_UP)) await side.ask(customer);
  const lists = new Map<number, readonly number[]>();
  const times: number[] = [];
  for (const { customer } of split.customers) {
    const begin = performance.now();
    lists.set(customer, await side.ask(customer));
    times.push(performance.now() - begin);
  }
  const catalogue = Int32Array.from(new Set(Array.from(split.before, ({ product }) => product))).sort();
  const place = new Map([...catalogue].map((product, position) => [product, position]));
  const answered = {
    name: side.name,
    ties: new Float64Array(catalogue.length),
    score: ({ customer }: CustomerAtCut) => {
      const scores = new Float64Array(catalogue.length).fill(Number.NEGATIVE_INFINITY);
      lists.get(customer)?.forEach((product, rank) => {
        scores[place.get(product)!] = LENGTH - rank;
      });
      return { any: scores, novel: scores };
    },
  };
  const { any } = measure(answered, catalogue, split.customers, LENGTH);
  print(`${side.name}: NDCG@${LENGTH} ${any.ndcg.toFixed(4)}; HTTP answers ${percentilesText(times, 'ms')}`);
  print(`  ${await reactions(side, split)}`);
}

/** How long it is from a purchase of something that was not listed to another list. */
async function reactions(side: Side, { customers, cut }: TemporalSplit): Promise<string> {
  const times: number[] = [];
  let unchanged = 0;
  for (const [index, { customer }] of customers.slice(0, REACTIONS).entries()) {
    const before = (await side.ask(customer)).join();
    const product = customers
      .at(-1 - index)!
      .truth.values()
      .next().value!;
    const begin = performance.now();
    await side.buy({
      customer,
      product,
      basket: 2 ** 30 + index,
      at: cut - DAY_MS / 24,
      quantity: 2,
      price: 2,
    });
    for (;;) {
      const changed = (await side.ask(customer)).join() !== before;
      const took = performance.now() - begin;
      if (changed) times.push(took);
      if (changed || took > REACTION_MS) break;
      await wait(5);
    }
    if (times.length + unchanged === index) unchanged += 1;
  }
  const changed =
    times.length === 0 ? 'no answer changed' : `another answer after ${percentilesText(times, 'ms')}`;
  return `${changed}; ${unchanged} of ${REACTIONS} unchanged after ${REACTION_MS / 1_000} s`;
}
