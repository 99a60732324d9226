// The columns of localstack/shop/schema.sql as Delta types. Everything is nullable: a truncate carries no row at all.
import { SHOP_TOPIC_PREFIX } from '../domain/index.ts';
import { type Field, field } from '../lake/index.ts';

export type ShopTable = 'users' | 'products' | 'orders' | 'order_items';

interface ShopTableColumns {
  readonly columns: readonly Field[];
  readonly primaryKey: string;
}

export const SHOP_TABLES: readonly ShopTable[] = ['users', 'products', 'orders', 'order_items'];

export const SHOP_COLUMNS: Readonly<Record<ShopTable, ShopTableColumns>> = {
  users: {
    primaryKey: 'user_id',
    columns: [
      field('user_id', 'integer'),
      field('name', 'string'),
      field('email', 'string'),
      field('created_at', 'timestamp'),
      field('last_login', 'timestamp'),
    ],
  },
  products: {
    primaryKey: 'product_id',
    columns: [
      field('product_id', 'integer'),
      field('name', 'string'),
      field('price', 'decimal(10,2)'),
      field('category', 'string'),
      field('stock', 'integer'),
      field('active', 'boolean'),
    ],
  },
  orders: {
    primaryKey: 'order_id',
    columns: [
      field('order_id', 'integer'),
      field('user_id', 'integer'),
      field('total_amount', 'decimal(10,2)'),
      field('status', 'string'),
      field('created_at', 'timestamp'),
    ],
  },
  order_items: {
    primaryKey: 'order_item_id',
    columns: [
      field('order_item_id', 'integer'),
      field('order_id', 'integer'),
      field('product_id', 'integer'),
      field('quantity', 'integer'),
      field('price_per_unit', 'decimal(10,2)'),
    ],
  },
};

/** The topic that carries the changes of a table. */
export function changeTopic(table: ShopTable): string {
  return `${SHOP_TOPIC_PREFIX}.public.${table}`;
}

export function isShopTable(name: string): name is ShopTable {
  return Object.hasOwn(SHOP_COLUMNS, name);
}
