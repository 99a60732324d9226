import { positionOf } from '../als/index.ts';
import { COLLABORATIVE_SOURCES, type CollaborativeScores } from './collaborative-scores.ts';
import type { CustomerStatistics } from './customer-statistics.ts';
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
  { products, statistics }: ShopState,
  customer: CustomerStatistics,
  scores: CollaborativeScores,
  { own, any, unbought }: CandidateQuota,
): Record<CandidateSource, number[]> {
  const bought = new Uint8Array(products.length);
  for (const product of customer.own.keys()) {
    const position = positionOf(products, product);
    if (position >= 0) bought[position] = 1;
  }
  const top = (column: Float64Array, n: number, eligible: (position: number) => boolean): number[] =>
    selectTop(column, statistics.orders, n, eligible, 0);
  const isNew = (position: number): boolean => bought[position] === 0;
  const collaborative = (column: Float64Array): number[] => {
    const chosen = new Set([...top(column, any, () => true), ...top(column, unbought, isNew)]);
    return [...chosen]
      .sort((a, b) => column[b]! - column[a]! || statistics.orders[b]! - statistics.orders[a]! || a - b)
      .map((position) => products[position]!);
  };
  // What others bought for the first time lately is what a customer who never bought it may buy next.
  const discovered = top(statistics.newCustomers14d, unbought, isNew);
  const popular = new Set([...top(statistics.orders14d, any, () => true), ...discovered]);
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
