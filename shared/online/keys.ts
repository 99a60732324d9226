import {
  type EpochMillis,
  type OrderId,
  type OrderItemId,
  type ProductId,
  type UserId,
  windowStart,
} from '../domain/index.ts';

/** Names of the hashes in the online store; other programs rely on them. */
export const keys = {
  /** Product id -> `interactionCodec`. Loaded in bulk by load-online-store. */
  userInteractions: (user: UserId): string => `user:${user}:interactions`,
  /** `recentField` -> `recentFactCodec`. Kept current by update-online-state. */
  userRecent: (user: UserId): string => `user:${user}:recent`,
  /** The one field `PRODUCT_FIELD` -> `productCodec`: one field, so that a row changes as a whole. */
  product: (product: ProductId): string => `product:${product}`,
  /** What is known of one order and its items; see update-online-state. */
  order: (order: OrderId): string => `order:${order}`,
  /** `REVENUE_FIELDS` -> sums of one partition for the UTC minute that holds `at`: `revenue:2026-11-23T02:10Z:0`. */
  revenue: (at: EpochMillis, partition: number): string => `revenue:${minuteText(at)}:${partition}`,
  /** Product id -> `popularityCodec`. Loaded in bulk by load-online-store. */
  recentPopularity: 'popularity:recent',
  /** `POPULARITY_WINDOW_FIELD` -> `popularityWindowCodec`: what the counts in `recentPopularity` are shares of. */
  popularityWindow: 'popularity:window',
  /**
   * Product id -> `createdProductCodec`, of the products that were created in the UTC month that holds `at`:
   * `index:products-created:2026-11`. A deleted product stays in it. Kept current by update-online-state.
   */
  productsCreated: (at: EpochMillis): string =>
    `index:products-created:${new Date(at).toISOString().slice(0, 7)}`,
  /** User id -> empty text, for every user that has, or is about to get, an interactions hash. */
  interactionUsers: 'index:interaction-users',
} as const;

export const PRODUCT_FIELD = 'row';
export const POPULARITY_WINDOW_FIELD = 'window';

/** Sums in a revenue window: decimal text of whole units. A sum of zero has no field. */
export const REVENUE_FIELDS = { cents: 'cents', orders: 'orders' } as const;

/** An item that moves to another order leaves one field and gets another, so their versions never mix. */
export const recentField = (order: OrderId, item: OrderItemId): string => `${order}:${item}`;

/** Start of the UTC minute that holds `at`, e.g. `2026-11-23T02:10Z`. */
export function minuteText(at: EpochMillis): string {
  return `${new Date(windowStart(at)).toISOString().slice(0, 16)}Z`;
}
