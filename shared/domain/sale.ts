/** Statuses that make an order a sale; every other status is worth nothing. */
export const SALE_STATUSES = ['completed', 'paid', 'shipped'] as const;

export function isSale(status: unknown): boolean {
  return SALE_STATUSES.some((sale) => sale === status);
}
