import { type EpochMillis, shopTime } from '../../shared/domain/index.ts';
import { type PurchaseLog, PurchaseLogBuilder } from '../../shared/evaluation/index.ts';
import { newestSale, type QueryEngine, type QueryTable, saleLines } from '../../shared/features/index.ts';
import { type ObjectStore, readSnapshot, type Snapshot, type Table } from '../../shared/lake/index.ts';
import { currentTable, pinnedTable } from '../../shared/tables/index.ts';
import type { TrainingSource } from './plan-training.ts';

export interface SourcePorts {
  readonly lakeTable: (path: string) => Table;
  readonly objectStore: ObjectStore;
  readonly engine: QueryEngine;
  readonly deadline: AbortSignal;
}

/** The sales and products of one version of each table, and what is to be known of them before they are read. */
export interface PinnedSource extends TrainingSource {
  /** Sales at or after it are not known. */
  readonly asOf: EpochMillis;
  readonly orders: QueryTable;
  readonly orderItems: QueryTable;
  /** null where there are none. */
  readonly products: Snapshot | null;
}

export async function pinSource(asOf: EpochMillis, ports: SourcePorts): Promise<PinnedSource> {
  const { engine, deadline, objectStore } = ports;
  const [ordersTable, itemsTable] = [currentTable('orders'), currentTable('order_items')];
  const { name: productsName } = currentTable('products');
  const ordersSnapshot = await ports.lakeTable(ordersTable.name).snapshot();
  const itemsSnapshot = await ports.lakeTable(itemsTable.name).snapshot();
  const products = await ports.lakeTable(productsName).snapshot();
  const orders = await pinnedTable(ordersTable, ordersSnapshot, objectStore);
  return {
    asOf,
    orders,
    orderItems: await pinnedTable(itemsTable, itemsSnapshot, objectStore),
    products,
    shopTime: shopTime(asOf, await newestSale({ engine, deadline, asOf, orders })),
    lakeVersions: {
      [ordersTable.name]: ordersSnapshot?.version ?? 0,
      [itemsTable.name]: itemsSnapshot?.version ?? 0,
      [productsName]: products?.version ?? 0,
    },
  };
}

/** What every customer bought before `asOf`, one entry per line of an order. */
export async function readPurchases(
  { asOf, orders, orderItems }: Pick<PinnedSource, 'asOf' | 'orders' | 'orderItems'>,
  { engine, deadline }: Pick<SourcePorts, 'engine' | 'deadline'>,
): Promise<PurchaseLog> {
  const purchases = new PurchaseLogBuilder();
  const rows = saleLines({ engine, deadline, asOf, orders, orderItems });
  for await (const { rowCount, columns } of rows) {
    const column = (name: string) => columns[name] as readonly number[];
    const [customer, product, basket] = [column('user_id'), column('product_id'), column('order_id')];
    const [at, quantity] = [column('created_at_ms'), column('quantity')];
    const price = columns.unit_price as readonly (number | null)[];
    for (let i = 0; i < rowCount; i++) {
      purchases.add({
        customer: customer[i] as number,
        product: product[i] as number,
        basket: basket[i] as number,
        at: at[i] as number,
        quantity: quantity[i] as number,
        price: price[i] ?? undefined,
      });
    }
  }
  return purchases.build();
}

/** Name of a product's category, by product id, where it has one. */
export async function readCategories(
  { products }: Pick<PinnedSource, 'products'>,
  { objectStore }: Pick<SourcePorts, 'objectStore'>,
): Promise<ReadonlyMap<number, string>> {
  const categories = new Map<number, string>();
  if (products === null) return categories;
  const rows = readSnapshot(objectStore, products, { columns: ['product_id', 'category'] });
  for await (const { rowCount, columns } of rows) {
    for (let i = 0; i < rowCount; i++) {
      const category = columns.category?.[i];
      if (typeof category === 'string') categories.set(columns.product_id?.[i] as number, category);
    }
  }
  return categories;
}
