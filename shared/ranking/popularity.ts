import { DAY_MS } from '../domain/index.ts';
import { FIRST_ORDERS_HALF_LIFE_DAYS, TREND_HALF_LIFE_DAYS } from '../features/index.ts';
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
  /** Those that were their customer's first, by `FIRST_ORDERS_HALF_LIFE_DAYS`; empty where it is not known whose orders they are. */
  readonly decayedFirstOrders: ReadonlyMap<number, number>;
}

/**
 * From every customer's purchases before `now`; later ones are not counted. First orders are known where purchases name their
 * customers; of two of one moment the one with the lower id is first.
 */
export function popularityOf(
  purchases: Iterable<Purchase & { readonly customer?: number }>,
  now: number,
  days: number,
): Popularity {
  const known = [...purchases].filter(({ at }) => at < now);
  const firstBaskets = firstBasketsOf(known);
  const from = now - days * DAY_MS;
  const counted = new Set<string>();
  const recentBaskets = new Set<number>();
  const recent = new Map<number, number>();
  const overall = new Map<number, number>();
  const decayedOrders = new Map<number, number>();
  const decayedFirstOrders = new Map<number, number>();
  for (const { product, basket, at } of known) {
    if (at >= from) recentBaskets.add(basket);
    const pair = `${basket} ${product}`;
    if (counted.has(pair)) continue;
    counted.add(pair);
    add(overall, product, 1);
    add(decayedOrders, product, halved(now - at, TREND_HALF_LIFE_DAYS * DAY_MS));
    if (firstBaskets.has(basket))
      add(decayedFirstOrders, product, halved(now - at, FIRST_ORDERS_HALF_LIFE_DAYS * DAY_MS));
    if (at >= from) add(recent, product, 1);
  }
  return { days, baskets: recentBaskets.size, recent, overall, decayedOrders, decayedFirstOrders };
}

function firstBasketsOf(
  purchases: readonly (Purchase & { readonly customer?: number })[],
): ReadonlySet<number> {
  const first = new Map<number, Purchase>();
  for (const purchase of purchases) {
    if (purchase.customer === undefined) continue;
    const earlier = first.get(purchase.customer);
    if (
      earlier === undefined ||
      purchase.at < earlier.at ||
      (purchase.at === earlier.at && purchase.basket < earlier.basket)
    )
      first.set(purchase.customer, purchase);
  }
  return new Set([...first.values()].map(({ basket }) => basket));
}

function add(counts: Map<number, number>, product: number, amount: number): void {
  counts.set(product, (counts.get(product) ?? 0) + amount);
}
