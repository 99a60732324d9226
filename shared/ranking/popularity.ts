import { DAY_MS } from '../domain/index.ts';
import { FIRST_ORDERS_HALF_LIFE_DAYS, TREND_HALF_LIFE_DAYS } from '../features/index.ts';
import type { Purchase } from './baskets.ts';
import { GrowingColumn } from './growing-column.ts';
import { halved } from './history.ts';
import { linesByGroup } from './lines-by-group.ts';

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
 * @param purchases are gone through twice
 */
export function popularityOf(
  purchases: Iterable<Purchase & { readonly customer?: number }>,
  now: number,
  days: number,
): Popularity {
  const firstBaskets = firstBasketsOf(purchases, now);
  const from = now - days * DAY_MS;
  const recentBaskets = new Set<number>();
  const recent = new Map<number, number>();
  const overall = new Map<number, number>();
  const decayedOrders = new Map<number, number>();
  const decayedFirstOrders = new Map<number, number>();
  for (const { product, basket, at } of orderedProducts(purchases, now)) {
    if (at >= from) recentBaskets.add(basket);
    add(overall, product, 1);
    add(decayedOrders, product, halved(now - at, TREND_HALF_LIFE_DAYS * DAY_MS));
    if (firstBaskets.has(basket))
      add(decayedFirstOrders, product, halved(now - at, FIRST_ORDERS_HALF_LIFE_DAYS * DAY_MS));
    if (at >= from) add(recent, product, 1);
  }
  return { days, baskets: recentBaskets.size, recent, overall, decayedOrders, decayedFirstOrders };
}

/** Each product of each order once, order by order; in typed columns, as millions of lines are too many for a set of pairs. */
function* orderedProducts(
  purchases: Iterable<Purchase>,
  now: number,
): Generator<{ readonly product: number; readonly basket: number; readonly at: number }> {
  const orders = new Map<number, number>();
  const [orderOf, products] = [new GrowingColumn(Int32Array), new GrowingColumn(Int32Array)];
  const moments = new GrowingColumn(Float64Array);
  for (const { product, basket, at } of purchases) {
    if (at >= now) continue;
    const order = orders.get(basket) ?? orders.size;
    orders.set(basket, order);
    orderOf.add(order);
    products.add(product);
    moments.add(at);
  }
  const { starts, lines } = linesByGroup(orderOf.take(), orders.size);
  const [product, at] = [products.take(lines), moments.take(lines)];
  /** The basket in which a product was met last. */
  const metIn = new Map<number, number>();
  for (const [basket, order] of orders) {
    for (let line = starts[order]!; line < starts[order + 1]!; line++) {
      if (metIn.get(product[line]!) === basket) continue;
      metIn.set(product[line]!, basket);
      yield { product: product[line]!, basket, at: at[line]! };
    }
  }
}

function firstBasketsOf(
  purchases: Iterable<Purchase & { readonly customer?: number }>,
  now: number,
): ReadonlySet<number> {
  const first = new Map<number, Purchase>();
  for (const purchase of purchases) {
    if (purchase.customer === undefined || purchase.at >= now) continue;
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
