import {
  type EpochMillis,
  epochMillis,
  isJsonObject,
  type Money,
  type OrderId,
  orderId,
  type ProductId,
  parseMoney,
  productId,
} from '../domain/index.ts';
import { messageOf, PlatformError } from '../errors.ts';

/**
 * Text of one field of a hash: a JSON object whose `v` is the version of its shape; absent means 1.
 * `decode` refuses anything else with the error code `malformed_online_value`.
 */
export interface ValueCodec<T> {
  encode(value: T): string;
  decode(text: string): T;
}

/** One line of one order that counts as a sale, under `recentField`. */
export interface RecentFact {
  readonly productId: ProductId;
  readonly orderId: OrderId;
  readonly quantity: number;
  /** Price of one unit. */
  readonly price: Money;
  /** When the order was placed. */
  readonly at: EpochMillis;
}

export interface OnlineProduct {
  readonly name: string;
  readonly category: string;
  readonly price: Money;
  readonly stock: number;
  readonly active: boolean;
}

/** When a product came into the shop; known of those that came while its changes were captured. */
export interface CreatedProduct {
  readonly createdAt: EpochMillis;
}

/** Other programs read this shape: `{"product_id": 17, "score": 1.5}`. */
export interface Interaction {
  readonly productId: ProductId;
  readonly score: number;
}

/** Sales (distinct orders) of one product: ever, and in the days before the features were built. */
export interface Popularity {
  readonly productId: ProductId;
  readonly purchases: number;
  readonly purchases7d: number;
  readonly purchases14d: number;
  readonly purchases28d: number;
  /** Sales, and first sales of customers, counted less the older they are: see product_popularity.sql. */
  readonly decayedOrders: number;
  readonly decayedFirstOrders: number;
}

/** Sales of the whole shop in the days before `asOf`, the moment as of which the features were built. */
export interface PopularityWindow {
  readonly asOf: EpochMillis;
  readonly orders7d: number;
  readonly orders14d: number;
  readonly orders28d: number;
}

export const recentFactCodec: ValueCodec<RecentFact> = jsonCodec('recent fact', {
  toJson: (fact) => ({ v: 1, ...fact }),
  fromJson: (json) => ({
    productId: productId(json.productId),
    orderId: orderId(json.orderId),
    quantity: integer(json.quantity, 'quantity'),
    price: parseMoney(json.price),
    at: epochMillis(integer(json.at, 'at')),
  }),
});

export const productCodec: ValueCodec<OnlineProduct> = jsonCodec('product', {
  toJson: (product) => ({ v: 1, ...product }),
  fromJson: (json) => ({
    name: text(json.name, 'name'),
    category: text(json.category, 'category'),
    price: parseMoney(json.price),
    stock: integer(json.stock, 'stock'),
    active: flag(json.active, 'active'),
  }),
});

export const createdProductCodec: ValueCodec<CreatedProduct> = jsonCodec('created product', {
  toJson: (created) => ({ v: 1, ...created }),
  fromJson: (json) => ({ createdAt: epochMillis(integer(json.createdAt, 'createdAt')) }),
});

export const interactionCodec: ValueCodec<Interaction> = jsonCodec('interaction', {
  toJson: (interaction) => ({ product_id: interaction.productId, score: interaction.score }),
  fromJson: (json) => ({ productId: productId(json.product_id), score: finite(json.score, 'score') }),
});

export const popularityCodec: ValueCodec<Popularity> = jsonCodec('popularity', {
  toJson: (popularity) => ({ v: 1, ...popularity }),
  fromJson: (json) => ({
    productId: productId(json.productId),
    purchases: count(json.purchases, 'purchases'),
    purchases7d: count(json.purchases7d, 'purchases7d'),
    purchases14d: count(json.purchases14d, 'purchases14d'),
    purchases28d: count(json.purchases28d, 'purchases28d'),
    // Absent in what was loaded before there were such features.
    decayedOrders: finite(json.decayedOrders ?? 0, 'decayedOrders'),
    decayedFirstOrders: finite(json.decayedFirstOrders ?? 0, 'decayedFirstOrders'),
  }),
});

export const popularityWindowCodec: ValueCodec<PopularityWindow> = jsonCodec('popularity window', {
  toJson: (window) => ({ v: 1, ...window }),
  fromJson: (json) => ({
    asOf: epochMillis(integer(json.asOf, 'asOf')),
    orders7d: count(json.orders7d, 'orders7d'),
    orders14d: count(json.orders14d, 'orders14d'),
    orders28d: count(json.orders28d, 'orders28d'),
  }),
});

type Json = Readonly<Record<string, unknown>>;

function jsonCodec<T>(
  kind: string,
  shape: { toJson(value: T): Json; fromJson(json: Json): T },
): ValueCodec<T> {
  return {
    encode: (value) => JSON.stringify(shape.toJson(value)),
    decode: (value) => {
      try {
        const json: unknown = JSON.parse(value);
        if (!isJsonObject(json)) throw new PlatformError('not_an_object', 'expected an object');
        if ((json.v ?? 1) !== 1) {
          throw new PlatformError('unknown_version', `expected version 1, got ${JSON.stringify(json.v)}`);
        }
        return shape.fromJson(json);
      } catch (thrown) {
        throw new PlatformError(
          'malformed_online_value',
          `${kind} in the online store is malformed: ${messageOf(thrown)}: ${value.slice(0, 200)}`,
          { cause: thrown },
        );
      }
    },
  };
}

function text(value: unknown, field: string): string {
  if (typeof value !== 'string') throw wrongType(field, 'text', value);
  return value;
}

function flag(value: unknown, field: string): boolean {
  if (typeof value !== 'boolean') throw wrongType(field, 'true or false', value);
  return value;
}

function finite(value: unknown, field: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw wrongType(field, 'a finite number', value);
  return value;
}

function integer(value: unknown, field: string): number {
  if (!Number.isSafeInteger(value)) throw wrongType(field, 'an integer', value);
  return value as number;
}

function count(value: unknown, field: string): number {
  const whole = integer(value, field);
  if (whole < 0) throw wrongType(field, 'an integer of at least 0', value);
  return whole;
}

function wrongType(field: string, expected: string, value: unknown): PlatformError {
  return new PlatformError('wrong_type', `${field} must be ${expected}, got ${JSON.stringify(value)}`);
}
