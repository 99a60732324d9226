import { positionOf } from '../als/index.ts';
import { DAY_MS } from '../domain/index.ts';
import type { CustomerStatistics } from './customer-statistics.ts';
import { type ShopState, UNKNOWN_CATEGORY } from './shop-state.ts';

/** What a customer's history says of one category of the shop. */
export interface CategoryAffinity {
  /** Baskets with each of its products, decayed by age, added up over the products. */
  readonly decayed: number;
  /** `decayed` over that of all products with a category. */
  readonly share: number;
  /** `share` over the category's share of all orders of the shop. */
  readonly lift: number;
  /** Since a product of it was bought last. */
  readonly daysSince: number;
}

/** Index into `HALF_LIVES` of the days after which a purchase counts half: a taste is longer-lived than a need. */
const AFFINITY_HALF_LIFE = 2;

/** By code of the category, those that the customer bought of; products that the shop did not know at its moment have none. */
export function categoryAffinities(
  shop: ShopState,
  customer: CustomerStatistics,
): ReadonlyMap<number, CategoryAffinity> {
  const totals = categoryTotals(shop);
  const bought = new Map<number, { decayed: number; lastAt: number }>();
  let all = 0;
  for (const [product, { decayed, lastAt }] of customer.own) {
    const category = shop.categoryOf[positionOf(shop.products, product)] ?? UNKNOWN_CATEGORY;
    if (category === UNKNOWN_CATEGORY) continue;
    const weight = decayed[AFFINITY_HALF_LIFE]!;
    const earlier = bought.get(category);
    bought.set(category, {
      decayed: (earlier?.decayed ?? 0) + weight,
      lastAt: Math.max(earlier?.lastAt ?? lastAt, lastAt),
    });
    all += weight;
  }
  return new Map(
    [...bought].map(([category, { decayed, lastAt }]) => {
      // A whole of 0 is one that has decayed to nothing.
      const share = all > 0 ? decayed / all : 0;
      const lift = share / (totals.orders[category]! / totals.allOrders);
      return [category, { decayed, share, lift, daysSince: Math.max(0, customer.now - lastAt) / DAY_MS }];
    }),
  );
}

/**
 * Recent popularity in the customer's categories, by position in the shop: how much of its purchases are of the category x how
 * much of the category's recent orders hold the product. Empty where the shop knows no category.
 */
export function categoryScores(shop: ShopState, customer: CustomerStatistics): Float64Array {
  const { categoryOf, statistics } = shop;
  const totals = categoryTotals(shop);
  if (totals.allOrders === 0) return new Float64Array(0);
  const weights = new Float64Array(totals.recent.length);
  for (const [category, { share }] of categoryAffinities(shop, customer)) {
    const recent = totals.recent[category]!;
    if (recent > 0) weights[category] = share / recent;
  }
  const { orders28d } = statistics;
  const scores = new Float64Array(orders28d.length);
  for (let position = 0; position < scores.length; position++) {
    const category = categoryOf[position]!;
    if (category !== UNKNOWN_CATEGORY) scores[position] = orders28d[position]! * weights[category]!;
  }
  return scores;
}

interface CategoryTotals {
  /** Orders of the category's products, one for each product in an order, by code. */
  readonly orders: Float64Array;
  /** The same of the last 28 days. */
  readonly recent: Float64Array;
  /** Of all products with a category. */
  readonly allOrders: number;
}

/** The same for every customer. */
const totalsOf = new WeakMap<ShopState, CategoryTotals>();

function categoryTotals(shop: ShopState): CategoryTotals {
  const known = totalsOf.get(shop);
  if (known !== undefined) return known;
  const { categoryOf, statistics } = shop;
  const categories = categoryOf.reduce((most, category) => Math.max(most, category + 1), 0);
  const orders = new Float64Array(categories);
  const recent = new Float64Array(categories);
  categoryOf.forEach((category, position) => {
    if (category === UNKNOWN_CATEGORY) return;
    orders[category]! += statistics.orders[position]!;
    recent[category]! += statistics.orders28d[position]!;
  });
  const totals = { orders, recent, allOrders: orders.reduce((sum, count) => sum + count, 0) };
  totalsOf.set(shop, totals);
  return totals;
}
