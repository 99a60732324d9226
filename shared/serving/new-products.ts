import { DAY_MS, type EpochMillis, epochMillis, type UserId } from '../domain/index.ts';
import { createdProductCodec, keys, type OnlineStore } from '../online/index.ts';
import type { ColdExposure, NewProduct } from '../ranking/index.ts';

/** Older products are not looked up: the most that an age limit may be. */
export const LONGEST_NEW_DAYS = 60;

/** How many places new products are given, and how long they are new. */
export interface NewProductDial {
  /** Of the places of a list, 0 to 1. */
  readonly share: number;
  readonly days: number;
}

/** Where a whole catalogue came at once the newest are enough to choose from. */
const MOST_NEW = 1_000;

/** Products that were created in the months of the last `LONGEST_NEW_DAYS` days, newest first. */
export async function readNewProducts(online: OnlineStore, now: EpochMillis): Promise<NewProduct[]> {
  const months = [0, 28, 56, LONGEST_NEW_DAYS].map((days) =>
    keys.productsCreated(epochMillis(now - days * DAY_MS)),
  );
  // A product that was deleted and created anew is as new as its latest creation.
  const createdAt = new Map<number, number>();
  for (const created of await online.read([...new Set(months)])) {
    for (const [field, text] of created) {
      const [product, at] = [Number(field), createdProductCodec.decode(text).createdAt];
      createdAt.set(product, Math.max(at, createdAt.get(product) ?? at));
    }
  }
  return [...createdAt]
    .map(([product, at]) => ({ product, createdAt: at }))
    .sort((a, b) => b.createdAt - a.createdAt || a.product - b.product)
    .slice(0, MOST_NEW);
}

/** What a customer's shelf gives to new products; undefined where nothing is given. */
export function exposureOf(
  products: readonly NewProduct[],
  { share, days }: NewProductDial,
  customer: UserId,
  now: EpochMillis,
): ColdExposure | undefined {
  return share === 0 || products.length === 0 ? undefined : { share, days, products, customer, now };
}
