import { PlatformError } from '../errors.ts';

declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** Ids are the shop's own integer keys, 1 to 2^31 - 1, because the model artifact stores int32. */
export type UserId = Brand<number, 'UserId'>;
export type ProductId = Brand<number, 'ProductId'>;
export type OrderId = Brand<number, 'OrderId'>;
export type OrderItemId = Brand<number, 'OrderItemId'>;

/** Milliseconds since 1970-01-01 UTC, an integer. */
export type EpochMillis = Brand<number, 'EpochMillis'>;

export const userId = (value: unknown): UserId => checkedId(value, 'user_id') as UserId;
export const productId = (value: unknown): ProductId => checkedId(value, 'product_id') as ProductId;
export const orderId = (value: unknown): OrderId => checkedId(value, 'order_id') as OrderId;
export const orderItemId = (value: unknown): OrderItemId => checkedId(value, 'order_item_id') as OrderItemId;

export function epochMillis(value: number): EpochMillis {
  if (!Number.isSafeInteger(value)) {
    throw new PlatformError('invalid_time', `a time must be whole milliseconds, got ${value}`);
  }
  return value as EpochMillis;
}

/** Microseconds since 1970-01-01 UTC, as the lake stores times. */
export function microsOfMillis(at: EpochMillis): bigint {
  return BigInt(at) * 1_000n;
}

export function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 0x7fffffff;
}

function checkedId(value: unknown, field: string): number {
  if (!isId(value)) {
    throw new PlatformError(
      'invalid_id',
      `${field} must be an integer from 1 to 2147483647, got ${JSON.stringify(value)}`,
    );
  }
  return value;
}
