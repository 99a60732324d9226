import { positionOf } from '../als/index.ts';
import { firstOf } from './category-affinity.ts';
import { COLLABORATIVE_SOURCES, type CollaborativeScores } from './collaborative-scores.ts';
import type { CustomerStatistics } from './customer-statistics.ts';
import type { ScoreColumn } from './score-column.ts';
import { selectTop } from './select-top.ts';
import type { ShopState } from './shop-state.ts';

/** Where a product that is worth ranking comes from. */
export const CANDIDATE_SOURCES = ['personal', ...COLLABORATIVE_SOURCES, 'popular'] as const;
export type CandidateSource = (typeof CANDIDATE_SOURCES)[number];

/** Products that are worth ranking for one customer at one moment; columns by candidate. */
export interface Candidates {
  readonly products: Int32Array;
  /** In the shop; -1 for a product of the customer's own that the shop did not know at its moment. */
  readonly positions: Int32Array;
  /** Place in the list of the source, from 0; `NOT_LISTED` where another source put the product forward. */
  readonly places: Readonly<Record<CandidateSource, Int32Array>>;
}

export const NOT_LISTED = 0x7fffffff;

/** How many products each source puts forward. */
export interface CandidateQuota {
  readonly own: number;
  /** Of each collaborative source, whether bought before or not. */
  readonly any: number;
  /** Of each collaborative source and of popularity, of those never bought. */
  readonly unbought: number;
}

/** For a list in which repeats are allowed: about 450 a customer. */
export const ANY_QUOTA: CandidateQuota = { own: 400, any: 40, unbought: 60 };
/** For a list of products that the customer never bought: about 400. */
export const NOVEL_QUOTA: CandidateQuota = { own: 0, any: 0, unbought: 150 };

/** Index into `HALF_LIVES` of the half-life by which own products are ordered. */
const NINETY_DAYS = 2;

export function candidatesOf(
  shop: ShopState,
  customer: CustomerStatistics,
  scores: CollaborativeScores,
  quota: CandidateQuota,
): Candidates {
  const lists = sourceLists(shop, customer, scores, quota);
  const rows = new Map<number, number>();
  for (const list of Object.values(lists))
    for (const product of list) if (!rows.has(product)) rows.set(product, rows.size);
  const products = Int32Array.from(rows.keys());
  const places = Object.fromEntries(
    CANDIDATE_SOURCES.map((source) => {
      const column = new Int32Array(products.length).fill(NOT_LISTED);
      lists[source].forEach((product, place) => {
        column[rows.get(product)!] = place;
      });
      return [source, column];
    }),
  ) as unknown as Candidates['places'];
  return { products, positions: products.map((product) => positionOf(shop.products, product)), places };
}

/** Product ids that each source puts forward, best first. */
function sourceLists(
  shop: ShopState,
  customer: CustomerStatistics,
  scores: CollaborativeScores,
  { own, any, unbought }: CandidateQuota,
): Record<CandidateSource, number[]> {
  const { products, statistics } = shop;
  const bought = new Set<number>();
  for (const product of customer.own.keys()) {
    const position = positionOf(products, product);
    if (position >= 0) bought.add(position);
  }
  const collaborative = (column: ScoreColumn): number[] => {
    const best = column.top(any, statistics.orders);
    const unknown = column.top(unbought, statistics.orders, bought);
    // What is not among the best of all stands behind them.
    return [...new Set([...best, ...unknown])].map((position) => products[position]!);
  };
  const recent = sellers(shop, 'orders14d');
  // What others bought for the first time lately is what a customer who never bought it may buy next.
  const discovered = firstOf(sellers(shop, 'newCustomers14d'), unbought, bought);
  const popular = new Set([...recent.subarray(0, any), ...discovered]);
  return {
    personal: [...customer.own]
      .sort(([a, first], [b, second]) => second.decayed[NINETY_DAYS]! - first.decayed[NINETY_DAYS]! || a - b)
      .slice(0, own)
      .map(([product]) => product),
    als: collaborative(scores.als),
    neighbours: collaborative(scores.neighbours),
    companions: collaborative(scores.companions),
    together: collaborative(scores.together),
    category: collaborative(scores.category),
    popular: [...popular].map((position) => products[position]!),
  };
}

type Sales = 'orders14d' | 'newCustomers14d';

/** The same for every customer. */
const sellersOf = new WeakMap<ShopState, Map<Sales, Int32Array>>();

/** Positions of all that was sold lately, best first, then by orders since ever. */
function sellers(shop: ShopState, by: Sales): Int32Array {
  const orders = sellersOf.get(shop) ?? new Map<Sales, Int32Array>();
  sellersOf.set(shop, orders);
  const known = orders.get(by);
  if (known !== undefined) return known;
  const { statistics, products } = shop;
  const sold = Int32Array.from(selectTop(statistics[by], statistics.orders, products.length, undefined, 0));
  orders.set(by, sold);
  return sold;
}
