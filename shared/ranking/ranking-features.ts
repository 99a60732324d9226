/**
 * THE definition of a ranking feature, for training and for serving: a pure function of what the shop knew at its moment, of the
 * customer's history and of the candidates. NaN is "not known", which trees tell apart from any number.
 */
import { DAY_MS } from '../domain/index.ts';
import type { Candidates } from './candidates.ts';
import type { CategoryAffinities } from './category-affinity.ts';
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
  /** Of the customer, in the shop's categories. */
  readonly affinities: CategoryAffinities;
  readonly scores: CollaborativeScores;
  readonly candidates: Candidates;
}

/** Row-major, one row a candidate, `FEATURE_NAMES.length` numbers a row. */
export function rankingFeatures({
  shop,
  customer,
  affinities,
  scores,
  candidates,
}: RankingMoment): Float32Array {
  const { products, positions } = candidates;
  const features = new Float32Array(products.length * FEATURE_NAMES.length);
  const columns = COLLABORATIVE_SOURCES.map((source) => {
    const values = scores[source].at(positions);
    return { values, ranks: ranksOf(values, positions) };
  });
  const ofProducts = productFeatures(shop);
  const ofCustomer = customerFeatures(customer);
  const ofCategories = categoryFeatures(affinities);
  const { price, repurchaseDays } = shop.statistics;
  let at = 0;
  const copy = (values: ArrayLike<number>, from: number, count: number): void => {
    for (let i = 0; i < count; i++) features[at++] = values[from + i]!;
  };
  for (let row = 0; row < products.length; row++) {
    const position = positions[row]!;
    const isKnown = position >= 0;
    const own = customer.own.get(products[row]!);
    const usualPrice = price[position] ?? Number.NaN;
    if (own === undefined) copy(NEVER_BOUGHT, 0, PERSONAL.length);
    else {
      writePersonal(features, at, own, customer, repurchaseDays[position] ?? Number.NaN, usualPrice);
      at += PERSONAL.length;
    }
    copy(isKnown ? ofProducts : UNKNOWN, isKnown ? position * PRODUCT.length : 0, PRODUCT.length);
    copy(ofCustomer, 0, ofCustomer.length);
    features[at++] = ratio(usualPrice, customer.usualPrice);
    for (const { values, ranks } of columns) {
      features[at++] = values[row]!;
      features[at++] = ranks[row]!;
    }
    const category = shop.categoryOf[position] ?? UNKNOWN_CATEGORY;
    const isOfCategory = category !== UNKNOWN_CATEGORY;
    copy(isOfCategory ? (ofCategories.get(category) ?? NEVER_BOUGHT_OF) : UNKNOWN, 0, CATEGORY.length);
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

/** As much of anything as nothing is known of. */
const UNKNOWN: readonly number[] = FEATURE_NAMES.map(() => Number.NaN);

/** In the order of `PERSONAL`. */
function writePersonal(
  features: Float32Array,
  from: number,
  own: OwnStatistics,
  customer: CustomerStatistics,
  repurchaseDays: number,
  usualPrice: number,
): void {
  const sinceLast = Math.max(0, customer.now - own.lastAt) / DAY_MS;
  const gap = own.baskets < 2 ? Number.NaN : (own.lastAt - own.firstAt) / DAY_MS / (own.baskets - 1);
  let at = from;
  features[at++] = own.baskets;
  for (let i = 0; i < HALF_LIVES.length; i++) features[at++] = own.decayed[i]!;
  for (let i = 0; i < HALF_LIVES.length; i++) features[at++] = share(own.decayed[i]!, customer.decayed[i]!);
  features[at++] = own.baskets / customer.baskets;
  features[at++] = sinceLast;
  features[at++] = Math.max(0, customer.now - own.firstAt) / DAY_MS;
  features[at++] = gap;
  features[at++] = ratio(sinceLast, gap);
  features[at++] = ratio(sinceLast, repurchaseDays);
  features[at++] = own.basketsSince;
  features[at++] = Math.log1p(own.quantity);
  features[at] = ratio(own.lastPrice, usualPrice);
}

/** The same for every customer. */
const productColumns = new WeakMap<ShopState, Float32Array>();

/** Row-major by position in the shop, in the order of `PRODUCT`. One array, as 100,000 small ones are work for every collection. */
function productFeatures(shop: ShopState): Float32Array {
  const known = productColumns.get(shop);
  if (known !== undefined) return known;
  const { asOf, statistics: of } = shop;
  const features = new Float32Array(shop.products.length * PRODUCT.length);
  for (let position = 0; position < shop.products.length; position++) {
    const row = [
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
    ];
    features.set(row, position * PRODUCT.length);
  }
  productColumns.set(shop, features);
  return features;
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

/** In the order of `CATEGORY`. */
const NEVER_BOUGHT_OF: readonly number[] = [0, 0, Number.NaN];

/** By code of the category, those that the customer bought of, in the order of `CATEGORY`. */
function categoryFeatures(affinities: CategoryAffinities): ReadonlyMap<number, readonly number[]> {
  return new Map(
    [...affinities].map(([category, { decayed, lift, daysSince }]) => [category, [decayed, lift, daysSince]]),
  );
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
