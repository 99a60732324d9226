/** Lists for one customer. */
export const CUSTOMER_SHELVES = ['for-you', 'buy-again', 'discover', 'basket'] as const;
/** Lists about one product, for whoever looks at it. */
export const PRODUCT_SHELVES = ['similar', 'bought-together'] as const;

/** Every list that can be asked for; `trending` is the same for everybody. */
export const SHELVES = [...CUSTOMER_SHELVES, ...PRODUCT_SHELVES, 'trending'] as const;

export type CustomerShelf = (typeof CUSTOMER_SHELVES)[number];
export type ProductShelf = (typeof PRODUCT_SHELVES)[number];
export type Shelf = (typeof SHELVES)[number];
