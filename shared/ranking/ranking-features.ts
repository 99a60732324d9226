/**
 * THE definition of a ranking feature, for training and for serving: a pure function of what the shop knew at its moment, of the
 * customer's history and of the candidates. NaN is "not known", which trees tell apart from any number.
 */
import { DAY_MS } from '../domain/index.ts';
import type { Candidates } from './candidates.ts';
import type { CollaborativeScores } from './collaborative-scores.ts';
import { type CustomerStatistics, HALF_LIVES, type OwnStatistics } from './customer-statistics.ts';
import { type ProductColumn, SALES_WINDOWS, type ShopState } from './shop-state.ts';

const PERSONAL = [
  'own.baskets',
  ...HALF_LIVES.map((days) => `own.decayed${days}d` as const),
  ...HALF_LIVES.map((days) => `own.rate${days}d` as const),
  'own.share',
  'own.daysSinceLast',
  'own.daysSinceFirst',
  'own.meanGapDays',
  'own.lastOverGap',
  'own.lastOverProductGap',
  'own.basketsSince',
  'own.logQuantity',
  'own.priceChange',
] as const;

const PRODUCT = [
  ...SALES_WINDOWS.map((days) => `product.logOrders${days}d` as const),
  'product.logOrders',
  'product.trend',
  'product.logCustomers',
  'product.repeatShare',
  'product.repurchaseDays',
  'product.logPrice',
  'product.ageDays',
  'product.daysSinceSold',
] as const;

const CUSTOMER = [
  'customer.baskets',
  'customer.daysSinceLast',
  'customer.meanGapDays',
  'customer.lastOverGap',
  'customer.basketSize',
  'customer.repeatShare',
  'customer.products',
  'customer.priceOverUsual',
] as const;

const COLLABORATIVE = [
  'als.score',
  'als.rank',
  'neighbours.score',
  'neighbours.rank',
  'together.score',
  'together.rank',
] as const;

/** Names of the columns of `rankingFeatures`, in order. */
export const FEATURE_NAMES = [...PERSONAL, ...PRODUCT, ...CUSTOMER, ...COLLABORATIVE] as const;

export interface RankingMoment {
  readonly shop: ShopState;
  readonly customer: CustomerStatistics;
  readonly scores: CollaborativeScores;
  readonly candidates: Candidates;
}

/** Row-major, one row a candidate, `FEATURE_NAMES.length` numbers a row. */
export function rankingFeatures({ shop, customer, scores, candidates }: RankingMoment): Float32Array {
  const width = FEATURE_NAMES.length;
  const features = new Float32Array(candidates.products.length * width);
  const ranks = {
    als: ranksOf(scores.als, candidates.positions),
    neighbours: ranksOf(scores.neighbours, candidates.positions),
    together: ranksOf(scores.together, candidates.positions),
  };
  candidates.products.forEach((product, row) => {
    const position = candidates.positions[row]!;
    const own = customer.own.get(product);
    const known = (name: ProductColumn): number =>
      position < 0 ? Number.NaN : shop.statistics[name][position]!;
    const collaborative = (source: keyof CollaborativeScores): [number, number] => [
      position < 0 ? 0 : scores[source][position]!,
      ranks[source][row]!,
    ];
    const values = [
      ...personalFeatures(own, customer, known),
      ...productFeatures(known, shop),
      ...customerFeatures(customer, known),
      ...collaborative('als'),
      ...collaborative('neighbours'),
      ...collaborative('together'),
    ];
    features.set(values, row * width);
  });
  return features;
}

type Known = (name: ProductColumn) => number;

const NEVER_BOUGHT = PERSONAL.map((name) =>
  /baskets$|decayed|rate|share|Quantity/.test(name) ? 0 : Number.NaN,
);

function personalFeatures(
  own: OwnStatistics | undefined,
  customer: CustomerStatistics,
  known: Known,
): readonly number[] {
  if (own === undefined) return NEVER_BOUGHT;
  const sinceLast = Math.max(0, customer.now - own.lastAt) / DAY_MS;
  const gap = own.baskets < 2 ? Number.NaN : (own.lastAt - own.firstAt) / DAY_MS / (own.baskets - 1);
  return [
    own.baskets,
    ...own.decayed,
    ...own.decayed.map((count, index) => share(count, customer.decayed[index]!)),
    own.baskets / customer.baskets,
    sinceLast,
    Math.max(0, customer.now - own.firstAt) / DAY_MS,
    gap,
    ratio(sinceLast, gap),
    ratio(sinceLast, known('repurchaseDays')),
    own.basketsSince,
    Math.log1p(own.quantity),
    ratio(own.lastPrice, known('price')),
  ];
}

function productFeatures(known: Known, { asOf }: ShopState): number[] {
  return [
    ...SALES_WINDOWS.map((days) => Math.log1p(known(`orders${days}d`))),
    Math.log1p(known('orders')),
    Math.log((1 + known('orders7d')) / 7) - Math.log((1 + known('orders28d')) / 28),
    Math.log1p(known('customers')),
    known('repeatShare'),
    known('repurchaseDays'),
    Math.log(known('price')),
    (asOf - known('firstAt')) / DAY_MS,
    (asOf - known('lastAt')) / DAY_MS,
  ];
}

function customerFeatures(customer: CustomerStatistics, known: Known): number[] {
  return [
    customer.baskets,
    customer.daysSinceLast,
    customer.meanGapDays,
    ratio(customer.daysSinceLast, customer.meanGapDays),
    customer.meanBasketSize,
    customer.repeatShare,
    customer.own.size,
    ratio(known('price'), customer.usualPrice),
  ];
}

/** Place of every candidate by its score among the candidates, from 1; candidates without a score share the place after the last. */
function ranksOf(scores: Float64Array, positions: Int32Array): Float64Array {
  const scored = [...positions.keys()].filter((row) => positions[row]! >= 0 && scores[positions[row]!]! > 0);
  scored.sort((a, b) => scores[positions[b]!]! - scores[positions[a]!]! || positions[a]! - positions[b]!);
  const ranks = new Float64Array(positions.length).fill(scored.length + 1);
  scored.forEach((row, place) => {
    ranks[row] = place + 1;
  });
  return ranks;
}

/** A whole of 0 is one that has decayed to nothing. */
function share(part: number, whole: number): number {
  return whole > 0 ? part / whole : 0;
}

/** NaN where there is nothing to compare with. */
function ratio(value: number, usual: number): number {
  return usual > 0 ? value / usual : Number.NaN;
}
