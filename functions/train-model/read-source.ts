import { type EpochMillis, shopTime } from '../../shared/domain/index.ts';
import type { CustomerPurchase } from '../../shared/evaluation/index.ts';
import { newestSale, type QueryEngine, type QueryTable, saleLines } from '../../shared/features/index.ts';
import type { ObjectStore, Table } from '../../shared/lake/index.ts';
import { currentTable, pinnedTable } from '../../shared/tables/index.ts';
import type { TrainingSource } from './plan-training.ts';

export interface SourcePorts {
  readonly lakeTable: (path: string) => Table;
  readonly objectStore: ObjectStore;
  readonly engine: QueryEngine;
  readonly deadline: AbortSignal;
}

/** The sales of one version of each table, and what is to be known of them before they are read. */
export interface PinnedSource extends TrainingSource {
  /** Sales at or after it are not known. */
  readonly asOf: EpochMillis;
  readonly orders: QueryTable;
  readonly orderItems: QueryTable;
}

export async function pinSource(asOf: EpochMillis, ports: SourcePorts): Promise<PinnedSource> {
  const { engine, deadline, objectStore } = ports;
  const [ordersTable, itemsTable] = [currentTable('orders'), currentTable('order_items')];
  const ordersSnapshot = await ports.lakeTable(ordersTable.name).snapshot();
  const itemsSnapshot = await ports.lakeTable(itemsTable.name).snapshot();
  const orders = await pinnedTable(ordersTable, ordersSnapshot, objectStore);
  return {
    asOf,
    orders,
    orderItems: await pinnedTable(itemsTable, itemsSnapshot, objectStore),
    shopTime: shopTime(asOf, await newestSale({ engine, deadline, asOf, orders })),
    lakeVersions: {
      [ordersTable.name]: ordersSnapshot?.version ?? 0,
      [itemsTable.name]: itemsSnapshot?.version ?? 0,
    },
  };
}

/** What every customer bought before `asOf`, one entry per line of an order. */
export async function readPurchases(
  { asOf, orders, orderItems }: PinnedSource,
  { engine, deadline }: SourcePorts,
): Promise<CustomerPurchase[]> {
  const purchases: CustomerPurchase[] = [];
  const rows = saleLines({ engine, deadline, asOf, orders, orderItems });
  for await (const { rowCount, columns } of rows) {
    const column = (name: string) => columns[name] as readonly number[];
    const [customer, product, basket] = [column('user_id'), column('product_id'), column('order_id')];
    const [at, quantity] = [column('created_at_ms'), column('quantity')];
    const price = columns.unit_price as readonly (number | null)[];
    for (let i = 0; i < rowCount; i++) {
      purchases.push({
        customer: customer[i] as number,
        product: product[i] as number,
        basket: basket[i] as number,
        at: at[i] as number,
        quantity: quantity[i] as number,
        price: price[i] ?? undefined,
      });
    }
  }
  return purchases;
}
