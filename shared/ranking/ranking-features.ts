/**
 * THE definition of a ranking feature, for training and for serving: a pure function of what the shop knew at its moment, of the
 * customer's history and of the candidates. NaN is "not known", which trees tell apart from any number.
 */
import { DAY_MS } from '../domain/index.ts';
import type { Candidates } from './candidates.ts';
import { categoryAffinities } from './category-affinity.ts';
import { COLLABORATIVE_SOURCES, type CollaborativeScores } from './collaborative-scores.ts';
import { type CustomerStatistics, HALF_LIVES, type OwnStatistics } from './customer-statistics.ts';
import { DISCOVERY_WINDOWS, SALES_WINDOWS, type ShopState, UNKNOWN_CATEGORY } from './shop-state.ts';

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
  ...DISCOVERY_WINDOWS.map((days) => `product.logNewCustomers${days}d` as const),
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

const COLLABORATIVE = COLLABORATIVE_SOURCES.flatMap(
  (source) => [`${source}.score`, `${source}.rank`] as const,
);

const CATEGORY = ['category.decayed90d', 'category.lift', 'category.daysSince'] as const;

/** Names of the columns of `rankingFeatures`, in order. */
export const FEATURE_NAMES = [...PERSONAL, ...PRODUCT, ...CUSTOMER, ...COLLABORATIVE, ...CATEGORY] as const;

export interface RankingMoment {
  readonly shop: ShopState;
  readonly customer: CustomerStatistics;
  readonly scores: CollaborativeScores;
  readonly candidates: Candidates;
}

/** Row-major, one row a candidate, `FEATURE_NAMES.length` numbers a row. */
export function rankingFeatures({ shop, customer, scores, candidates }: RankingMoment): Float32Array {
  const { products, positions } = candidates;
  const features = new Float32Array(products.length * FEATURE_NAMES.length);
  const columns = COLLABORATIVE_SOURCES.map((source) => {
    const values = scores[source].at(positions);
    return { values, ranks: ranksOf(values, positions) };
  });
  const ofProducts = productFeatures(shop);
  const ofCustomer = customerFeatures(customer);
  const ofCategories = categoryFeatures(shop, customer);
  const { price, repurchaseDays } = shop.statistics;
  let at = 0;
  const write = (values: ArrayLike<number>): void => {
    for (let i = 0; i < values.length; i++) features[at++] = values[i]!;
  };
  for (let row = 0; row < products.length; row++) {
    const position = positions[row]!;
    const own = customer.own.get(products[row]!);
    const usualPrice = price[position] ?? Number.NaN;
    write(
      own === undefined
        ? NEVER_BOUGHT
        : personalFeatures(own, customer, repurchaseDays[position] ?? Number.NaN, usualPrice),
    );
    write(ofProducts[position] ?? UNKNOWN_PRODUCT);
    write(ofCustomer);
    features[at++] = ratio(usualPrice, customer.usualPrice);
    for (const { values, ranks } of columns) {
      features[at++] = values[row]!;
      features[at++] = ranks[row]!;
    }
    write(ofCategories(position));
  }
  return features;
}

/** In the order of `PERSONAL`. */
const NEVER_BOUGHT: readonly number[] = [
  0,
  ...HALF_LIVES.map(() => 0),
  ...HALF_LIVES.map(() => 0),
  0,
  ...Array.from({ length: 6 }, () => Number.NaN),
  0,
  Number.NaN,
];

function personalFeatures(
  own: OwnStatistics,
  customer: CustomerStatistics,
  repurchaseDays: number,
  usualPrice: number,
): readonly number[] {
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
    ratio(sinceLast, repurchaseDays),
    own.basketsSince,
    Math.log1p(own.quantity),
    ratio(own.lastPrice, usualPrice),
  ];
}

const UNKNOWN_PRODUCT: readonly number[] = PRODUCT.map(() => Number.NaN);

/** The same for every customer. */
const productRows = new WeakMap<ShopState, readonly Float32Array[]>();

/** By position in the shop, in the order of `PRODUCT`. */
function productFeatures(shop: ShopState): readonly Float32Array[] {
  const known = productRows.get(shop);
  if (known !== undefined) return known;
  const { asOf, statistics: of } = shop;
  const rows = Array.from(shop.products, (_, position) =>
    Float32Array.of(
      ...SALES_WINDOWS.map((days) => Math.log1p(of[`orders${days}d`][position]!)),
      Math.log1p(of.orders[position]!),
      ...DISCOVERY_WINDOWS.map((days) => Math.log1p(of[`newCustomers${days}d`][position]!)),
      Math.log((1 + of.orders7d[position]!) / 7) - Math.log((1 + of.orders28d[position]!) / 28),
      Math.log1p(of.customers[position]!),
      of.repeatShare[position]!,
      of.repurchaseDays[position]!,
      Math.log(of.price[position]!),
      (asOf - of.firstAt[position]!) / DAY_MS,
      (asOf - of.lastAt[position]!) / DAY_MS,
    ),
  );
  productRows.set(shop, rows);
  return rows;
}

/** In the order of `CUSTOMER`, but for the last, which is of the product as well. */
function customerFeatures(customer: CustomerStatistics): readonly number[] {
  return [
    customer.baskets,
    customer.daysSinceLast,
    customer.meanGapDays,
    ratio(customer.daysSinceLast, customer.meanGapDays),
    customer.meanBasketSize,
    customer.repeatShare,
    customer.own.size,
  ];
}

const UNKNOWN: readonly number[] = CATEGORY.map(() => Number.NaN);
const NEVER_BOUGHT_OF: readonly number[] = [0, 0, Number.NaN];

/** By position in the shop, in the order of `CATEGORY`. */
function categoryFeatures(
  shop: ShopState,
  customer: CustomerStatistics,
): (position: number) => readonly number[] {
  const bought = new Map(
    [...categoryAffinities(shop, customer)].map(([category, { decayed, lift, daysSince }]) => [
      category,
      [decayed, lift, daysSince],
    ]),
  );
  return (position) => {
    const category = shop.categoryOf[position] ?? UNKNOWN_CATEGORY;
    return category === UNKNOWN_CATEGORY ? UNKNOWN : (bought.get(category) ?? NEVER_BOUGHT_OF);
  };
}

/** Place of every candidate by its score among the candidates, from 1; candidates without a score share the place after the last. */
function ranksOf(scores: Float64Array, positions: Int32Array): Float64Array {
  const scored: number[] = [];
  for (let row = 0; row < scores.length; row++) if (scores[row]! > 0) scored.push(row);
  scored.sort((a, b) => scores[b]! - scores[a]! || positions[a]! - positions[b]!);
  const ranks = new Float64Array(scores.length).fill(scored.length + 1);
  for (let place = 0; place < scored.length; place++) ranks[scored[place]!] = place + 1;
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
