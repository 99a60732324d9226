import type { ClientBase } from 'pg';
import type { OrderItemRow, OrderRow, ProductRow, UserRow } from './rows.ts';

/** Anything that runs a parameterised statement on one session of the shop database. */
export type SqlClient = Pick<ClientBase, 'query'>;

/** How rows of one table are sent: as one array per column, so that a batch is one statement. */
export interface ShopTable<Row> {
  readonly name: string;
  readonly key: string;
  readonly columns: readonly {
    readonly name: string;
    readonly type: 'integer' | 'text' | 'numeric' | 'timestamptz' | 'boolean';
    readonly value: (row: Row) => number | string | boolean | null;
  }[];
}

export const USERS: ShopTable<UserRow> = {
  name: 'users',
  key: 'user_id',
  columns: [
    { name: 'user_id', type: 'integer', value: (row) => row.userId },
    { name: 'name', type: 'text', value: (row) => row.name },
    { name: 'email', type: 'text', value: (row) => row.email },
    { name: 'created_at', type: 'timestamptz', value: (row) => isoTime(row.createdAt) },
    {
      name: 'last_login',
      type: 'timestamptz',
      value: (row) => (row.lastLogin === null ? null : isoTime(row.lastLogin)),
    },
  ],
};

export const PRODUCTS: ShopTable<ProductRow> = {
  name: 'products',
  key: 'product_id',
  columns: [
    { name: 'product_id', type: 'integer', value: (row) => row.productId },
    { name: 'name', type: 'text', value: (row) => row.name },
    { name: 'price', type: 'numeric', value: (row) => row.price },
    { name: 'category', type: 'text', value: (row) => row.category },
    { name: 'stock', type: 'integer', value: (row) => row.stock },
    { name: 'active', type: 'boolean', value: (row) => row.active },
  ],
};

export const ORDERS: ShopTable<OrderRow> = {
  name: 'orders',
  key: 'order_id',
  columns: [
    { name: 'order_id', type: 'integer', value: (row) => row.orderId },
    { name: 'user_id', type: 'integer', value: (row) => row.userId },
    { name: 'total_amount', type: 'numeric', value: (row) => row.totalAmount },
    { name: 'status', type: 'text', value: (row) => row.status },
    { name: 'created_at', type: 'timestamptz', value: (row) => isoTime(row.createdAt) },
  ],
};

export const ORDER_ITEMS: ShopTable<OrderItemRow> = {
  name: 'order_items',
  key: 'order_item_id',
  columns: [
    { name: 'order_item_id', type: 'integer', value: (row) => row.orderItemId },
    { name: 'order_id', type: 'integer', value: (row) => row.orderId },
    { name: 'product_id', type: 'integer', value: (row) => row.productId },
    { name: 'quantity', type: 'integer', value: (row) => row.quantity },
    { name: 'price_per_unit', type: 'numeric', value: (row) => row.pricePerUnit },
  ],
};

/** Rows a statement: large enough that the round trip does not count, small enough to keep memory flat. */
export const BATCH_ROWS = 5_000;

export async function insertRows<Row>(
  client: SqlClient,
  table: ShopTable<Row>,
  rows: readonly Row[],
): Promise<void> {
  const names = table.columns.map((column) => column.name).join(', ');
  const arrays = table.columns.map((column, index) => `$${index + 1}::${column.type}[]`).join(', ');
  const statement = `insert into ${table.name} (${names}) select * from unnest(${arrays})`;
  for (let start = 0; start < rows.length; start += BATCH_ROWS) {
    const batch = rows.slice(start, start + BATCH_ROWS);
    await client.query(
      statement,
      table.columns.map((column) => batch.map(column.value)),
    );
  }
}

/** Lets the next row that the shop itself inserts continue after the highest loaded id. */
export async function continueNumbering(client: SqlClient): Promise<void> {
  for (const { name, key } of [USERS, PRODUCTS, ORDERS, ORDER_ITEMS]) {
    await client.query(
      `select setval(pg_get_serial_sequence('${name}', '${key}'), coalesce(max(${key}), 1), max(${key}) is not null) from ${name}`,
    );
  }
}

/** @throws what `work` throws, after the transaction was rolled back */
export async function inTransaction<T>(client: SqlClient, work: () => Promise<T>): Promise<T> {
  await client.query('begin');
  try {
    const result = await work();
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

function isoTime(at: number): string {
  return new Date(at).toISOString();
}
