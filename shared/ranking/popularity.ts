import { DAY_MS } from '../domain/index.ts';
import { TREND_HALF_LIFE_DAYS } from '../features/index.ts';
import { halved, type Purchase } from './history.ts';

/** How many orders held each product. */
export interface Popularity {
  /** Length of the recent window, which ends at the moment of asking. */
  readonly days: number;
  /** All orders of the recent window, whatever they held. */
  readonly baskets: number;
  readonly recent: ReadonlyMap<number, number>;
  /** Since the shop opened: breaks ties, and stands in where the window is empty. */
  readonly overall: ReadonlyMap<number, number>;
  /** All orders, each counting half for every `TREND_HALF_LIFE_DAYS` of its age. */
  readonly decayedOrders: ReadonlyMap<number, number>;
  /** Those that were their customer's first, by `FIRST_ORDERS_HALF_LIFE_DAYS`; absent where it is not known whose orders they are. */
  readonly decayedFirstOrders?: ReadonlyMap<number, number>;
}

/** From every customer's purchases before `now`; later ones are not counted. */
export function popularityOf(purchases: Iterable<Purchase>, now: number, days: number): Popularity {
  const from = now - days * DAY_MS;
  const counted = new Set<string>();
  const recentBaskets = new Set<number>();
  const recent = new Map<number, number>();
  const overall = new Map<number, number>();
  const decayedOrders = new Map<number, number>();
  for (const { product, basket, at } of purchases) {
    if (at >= now) continue;
    if (at >= from) recentBaskets.add(basket);
    const pair = `${basket} ${product}`;
    if (counted.has(pair)) continue;
    counted.add(pair);
    overall.set(product, (overall.get(product) ?? 0) + 1);
    const decayed = halved(now - at, TREND_HALF_LIFE_DAYS * DAY_MS);
    decayedOrders.set(product, (decayedOrders.get(product) ?? 0) + decayed);
    if (at >= from) recent.set(product, (recent.get(product) ?? 0) + 1);
  }
  return { days, baskets: recentBaskets.size, recent, overall, decayedOrders };
}
