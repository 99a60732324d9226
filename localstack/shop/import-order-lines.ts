import { moneyOfCents, orderItemId } from '../../shared/domain/index.ts';
import { PlatformError } from '../../shared/errors.ts';
import { judgeLine } from './import-line.ts';
import { type ImportPlan, ImportSurvey } from './import-survey.ts';
import {
  BATCH_ROWS,
  continueNumbering,
  insertRows,
  inTransaction,
  ORDER_ITEMS,
  ORDERS,
  PRODUCTS,
  type SqlClient,
  USERS,
} from './insert-rows.ts';
import { requireEmptyShop } from './load.ts';
import { readOrderLines } from './order-lines.ts';
import type { OrderItemRow } from './rows.ts';

export interface ImportOptions {
  /** Moves the whole history so that its last order is at this time. */
  readonly shiftToNow?: Date;
  readonly onProgress?: (done: number, total: number, unit: string) => void;
  /** Ends the import, which then rejects with the signal's reason and leaves the shop empty. */
  readonly signal?: AbortSignal;
  /** Called for every row that does not become an order item. */
  readonly onRejected?: (row: RejectedRow) => void;
}

export interface RejectedRow {
  /** Line of the file; its header is line 1. */
  readonly lineNumber: number;
  readonly reason: string;
}

/** `rows` = `orderItems` + `rejected`: every row of the file is accounted for. */
export interface ImportReport {
  readonly rows: number;
  readonly users: number;
  readonly products: number;
  readonly orders: number;
  readonly cancelledOrders: number;
  readonly guestOrders: number;
  readonly orderItems: number;
  readonly rejected: number;
  /** Most frequent first; the reason without the value that it names. */
  readonly rejectedByReason: readonly {
    readonly reason: string;
    readonly rows: number;
    readonly firstLineNumbers: readonly number[];
  }[];
}

/**
 * Loads an order history in the layout of UCI Online Retail into an empty shop, all of it or nothing. Reads the file
 * twice: first its customers, products and orders, then its lines, which are streamed.
 *
 * `C…` invoices become cancelled orders with positive quantities; orders without a customer become guest orders; postage,
 * fees and corrections become products that are not active. Customers and orders keep their numbers where those are ids.
 * @throws PlatformError `order_file_unreadable`, `order_file_header`, `order_file_changed`, `shop_not_empty`
 */
export async function importOrderLines(
  client: SqlClient,
  path: string,
  options: ImportOptions = {},
): Promise<ImportReport> {
  await requireEmptyShop(client);
  const survey = new ImportSurvey();
  const rejections = new Rejections(options.onRejected);
  for await (const entry of readOrderLines(path)) {
    options.signal?.throwIfAborted();
    if (entry.kind === 'bad') rejections.add(entry);
    else {
      const judged = survey.add(entry.line);
      if (judged.kind === 'rejected')
        rejections.add({ lineNumber: entry.line.lineNumber, reason: judged.reason });
    }
  }
  const plan = survey.plan(options.shiftToNow?.getTime() ?? null);

  await inTransaction(client, async () => {
    await insertRows(client, USERS, plan.users);
    await insertRows(client, PRODUCTS, plan.products);
    await insertRows(client, ORDERS, plan.orders);
    await insertItems(client, path, plan, options);
    await continueNumbering(client);
  });
  await client.query('analyze users, products, orders, order_items');
  return {
    rows: plan.items + rejections.count,
    users: plan.users.length,
    products: plan.products.length,
    orders: plan.orders.length,
    cancelledOrders: plan.orders.filter((order) => order.status === 'cancelled').length,
    guestOrders: plan.orders.filter((order) => order.userId === null).length,
    orderItems: plan.items,
    rejected: rejections.count,
    rejectedByReason: rejections.byReason(),
  };
}

/** The next batch is read while the one before it is inserted. */
async function insertItems(
  client: SqlClient,
  path: string,
  plan: ImportPlan,
  { onProgress, signal }: ImportOptions,
): Promise<void> {
  let sent = 0;
  let inserting: Promise<void> = Promise.resolve();
  const send = async (batch: readonly OrderItemRow[]) => {
    await inserting;
    signal?.throwIfAborted();
    onProgress?.(sent, plan.items, 'order lines');
    sent += batch.length;
    inserting = insertRows(client, ORDER_ITEMS, batch);
    inserting.catch(() => undefined); // awaited with the next batch; reading goes on meanwhile
  };
  let batch: OrderItemRow[] = [];
  for await (const item of itemsOf(path, plan)) {
    batch.push(item);
    if (batch.length < BATCH_ROWS) continue;
    await send(batch);
    batch = [];
  }
  await send(batch);
  await inserting;
  onProgress?.(sent, plan.items, 'order lines');
  if (sent !== plan.items) throw fileChanged(path);
}

async function* itemsOf(path: string, plan: ImportPlan): AsyncIterable<OrderItemRow> {
  let count = 0;
  for await (const entry of readOrderLines(path)) {
    if (entry.kind === 'bad') continue;
    const judged = judgeLine(entry.line);
    if (judged.kind === 'rejected') continue;
    const orderId = plan.orderIdOf(entry.line);
    const productId = plan.productIdOf(judged.stockCode);
    if (orderId === undefined || productId === undefined) throw fileChanged(path);
    yield {
      orderItemId: orderItemId(++count),
      orderId,
      productId,
      quantity: judged.quantity,
      pricePerUnit: moneyOfCents(BigInt(judged.cents)),
    };
  }
}

function fileChanged(path: string): PlatformError {
  return new PlatformError('order_file_changed', `${path} changed while it was read; start again`, {
    retryable: true,
  });
}

const LINE_NUMBERS_SHOWN = 5;

class Rejections {
  count = 0;
  readonly #byReason = new Map<string, { rows: number; firstLineNumbers: number[] }>();
  readonly #onRejected: ImportOptions['onRejected'];

  constructor(onRejected: ImportOptions['onRejected']) {
    this.#onRejected = onRejected;
  }

  add({ lineNumber, reason }: RejectedRow): void {
    this.count++;
    const kind = reason.split(': ')[0] ?? reason;
    const seen = this.#byReason.get(kind) ?? { rows: 0, firstLineNumbers: [] };
    this.#byReason.set(kind, seen);
    seen.rows++;
    if (seen.firstLineNumbers.length < LINE_NUMBERS_SHOWN) seen.firstLineNumbers.push(lineNumber);
    this.#onRejected?.({ lineNumber, reason });
  }

  byReason(): ImportReport['rejectedByReason'] {
    const entries = [...this.#byReason].map(([reason, seen]) => ({ reason, ...seen }));
    return entries.sort((one, other) => other.rows - one.rows);
  }
}
