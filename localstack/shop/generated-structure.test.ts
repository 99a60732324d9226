import { beforeAll, describe, expect, it } from 'vitest';
import { DAY_MS, isSale } from '../../shared/domain/index.ts';
import { generateShop } from './generate.ts';

/**
 * The generated shop is worth recommending in: on a cut in time (14 days held out), what is known about a customer beats what
 * is known about the shop. NDCG@10 over the whole catalogue, as in an ordinary offline evaluation.
 */
const NOW = Date.parse('2026-11-23T02:00:00Z');
const CUT = NOW - 14 * DAY_MS;
const TOP = 10;

type Score = (user: number, product: number) => number;

let shop: History;

beforeAll(() => {
  shop = historyAt(CUT);
});

describe('the default shop', () => {
  it('has customers with habits: what one bought often beats what all buy', () => {
    const popularity = ndcg(shop, byPopularity(shop), { novelOnly: false });
    const frequency = ndcg(shop, byOwnFrequency(shop), { novelOnly: false });
    expect(frequency).toBeGreaterThan(3 * popularity);
    expect(frequency).toBeLessThan(0.7); // far from certain, or there would be nothing left to learn
  });

  it('has tastes to discover: what similar customers buy beats popularity on products new to a customer', () => {
    const popularity = ndcg(shop, byPopularity(shop), { novelOnly: true });
    const similar = ndcg(shop, bySimilarProducts(shop), { novelOnly: true });
    expect(similar).toBeGreaterThan(1.8 * popularity);
  });

  it('loses its habits and tastes when customers are shuffled, so that the figures above are not an artefact', () => {
    const shuffled = { ...shop, truth: rotated(shop.truth) };
    const popularity = ndcg(shuffled, byPopularity(shuffled), { novelOnly: false });
    expect(ndcg(shuffled, byOwnFrequency(shuffled), { novelOnly: false })).toBeLessThan(1.2 * popularity);
    expect(ndcg(shuffled, bySimilarProducts(shuffled), { novelOnly: false })).toBeLessThan(1.2 * popularity);
  });

  it('sells a few products often and many rarely', () => {
    const sorted = [...shop.popularity].sort((one, other) => other - one);
    const share = sum(sorted.slice(0, 100)) / sum(sorted);
    expect(share).toBeGreaterThan(0.4);
    expect(share).toBeLessThan(0.8);
  });
});

interface History {
  /** Orders per product before the cut, by customer. */
  readonly bought: ReadonlyMap<number, ReadonlyMap<number, number>>;
  /** Products bought after the cut, by customer known before it. */
  readonly truth: ReadonlyMap<number, ReadonlySet<number>>;
  readonly popularity: readonly number[];
}

function historyAt(cut: number): History {
  const { orders, orderItems, products } = generateShop({ seed: 1, size: 'default', now: new Date(NOW) });
  const orderById = new Map<number, (typeof orders)[number]>(orders.map((order) => [order.orderId, order]));
  const bought = new Map<number, Map<number, number>>();
  const later = new Map<number, Set<number>>();
  const popularity = new Array<number>(products.length + 1).fill(0);
  for (const { orderId, productId } of orderItems) {
    const order = orderById.get(orderId);
    if (order?.userId == null || !isSale(order.status)) continue;
    if (order.createdAt < cut) {
      popularity[productId] = (popularity[productId] ?? 0) + 1;
      const own = bought.get(order.userId) ?? new Map<number, number>();
      bought.set(order.userId, own.set(productId, (own.get(productId) ?? 0) + 1));
    } else later.set(order.userId, (later.get(order.userId) ?? new Set()).add(productId));
  }
  const truth = new Map([...later].filter(([user]) => bought.has(user)));
  return { bought, truth, popularity };
}

function byPopularity({ popularity }: History): Score {
  return (_user, product) => popularity[product] ?? 0;
}

function byOwnFrequency({ bought, popularity }: History): Score {
  return (user, product) => (bought.get(user)?.get(product) ?? 0) + (popularity[product] ?? 0) / 1e6;
}

/** Cosine of the customers that two products share, summed over what the customer bought. */
function bySimilarProducts({ bought, popularity }: History): Score {
  const size = popularity.length;
  const together = Array.from({ length: size }, () => new Float64Array(size));
  const customers = new Float64Array(size);
  for (const own of bought.values()) {
    for (const one of own.keys()) {
      customers[one] = (customers[one] ?? 0) + 1;
      const row = together[one] as Float64Array;
      for (const other of own.keys()) if (other !== one) row[other] = (row[other] ?? 0) + 1;
    }
  }
  const shrinkage = 5;
  return (user, product) =>
    sum(
      [...(bought.get(user)?.keys() ?? [])].map(
        (own) =>
          (together[own]?.[product] ?? 0) /
          Math.sqrt(((customers[own] ?? 0) + shrinkage) * ((customers[product] ?? 0) + shrinkage)),
      ),
    );
}

function ndcg(history: History, score: Score, { novelOnly }: { novelOnly: boolean }): number {
  const perCustomer: number[] = [];
  for (const [user, later] of history.truth) {
    const own = history.bought.get(user);
    const counts = (product: number) => !novelOnly || !own?.has(product);
    const relevant = new Set([...later].filter(counts));
    if (relevant.size === 0) continue;
    const ranked = history.popularity
      .map((_, product) => product)
      .filter((product) => product > 0 && counts(product))
      .map((product) => ({ product, score: score(user, product) }))
      .sort((one, other) => other.score - one.score || one.product - other.product)
      .slice(0, TOP);
    const gain = sum(ranked.map(({ product }, rank) => (relevant.has(product) ? discount(rank) : 0)));
    const ideal = sum(Array.from({ length: Math.min(TOP, relevant.size) }, (_, rank) => discount(rank)));
    perCustomer.push(gain / ideal);
  }
  return sum(perCustomer) / perCustomer.length;
}

function discount(rank: number): number {
  return 1 / Math.log2(rank + 2);
}

/** Everybody gets the later purchases of another customer. */
function rotated(truth: History['truth']): History['truth'] {
  const users = [...truth.keys()];
  const products = [...truth.values()];
  return new Map(users.map((user, index) => [user, products[(index + 1) % products.length] ?? new Set()]));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
