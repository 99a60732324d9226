import type {
  EpochMillis,
  Money,
  OrderId,
  OrderItemId,
  ProductId,
  UserId,
} from '../../shared/domain/index.ts';

/** The rows of schema.sql, one interface a table. */
export interface UserRow {
  readonly userId: UserId;
  readonly name: string;
  readonly email: string;
  readonly createdAt: EpochMillis;
  readonly lastLogin: EpochMillis | null;
}

export interface ProductRow {
  readonly productId: ProductId;
  readonly name: string;
  readonly price: Money;
  readonly category: string;
  readonly stock: number;
  readonly active: boolean;
}

export type OrderStatus = 'pending' | 'paid' | 'shipped' | 'completed' | 'cancelled';

export interface OrderRow {
  readonly orderId: OrderId;
  /** null: bought as a guest, without an account. */
  readonly userId: UserId | null;
  /** Always the sum of quantity x price per unit of its items. */
  readonly totalAmount: Money;
  readonly status: OrderStatus;
  readonly createdAt: EpochMillis;
}

export interface OrderItemRow {
  readonly orderItemId: OrderItemId;
  readonly orderId: OrderId;
  readonly productId: ProductId;
  readonly quantity: number;
  readonly pricePerUnit: Money;
}

export interface ShopRows {
  readonly users: readonly UserRow[];
  readonly products: readonly ProductRow[];
  readonly orders: readonly OrderRow[];
  readonly orderItems: readonly OrderItemRow[];
}
