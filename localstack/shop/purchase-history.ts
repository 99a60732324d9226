import type { CustomerPurchase } from '../../shared/evaluation/index.ts';
import type { Interaction, InteractionEntry } from './atomic-inter.ts';
import type { OrderLine, OrderLineEntry } from './order-lines.ts';

/** What a file says about who bought what, cleaned. Ids are dense from 1, by ascending text. */
export interface PurchaseHistory {
  readonly purchases: readonly CustomerPurchase[];
  /** Category by product, where the file names one: that of its latest line. */
  readonly categories: ReadonlyMap<number, string>;
  readonly customers: number;
  readonly products: number;
  readonly lines: number;
  readonly bad: readonly { readonly lineNumber: number; readonly reason: string }[];
  /** Lines that are no purchase of a product by a known customer, by the first reason that holds. */
  readonly leftOut: Readonly<Record<LeftOut, number>>;
  /** Time of the first and the last purchase, milliseconds since 1970 UTC; null without any. */
  readonly span: { readonly from: number; readonly to: number } | null;
}

export type LeftOut = 'noCustomer' | 'returned' | 'free' | 'noProduct';

/** UCI's product codes, and any number; in UCI's shop `POST`, `M`, `BANK CHARGES` and the like are no products. */
const UCI_PRODUCT_CODE = /^(\d+|\d{5}[A-Z]+)$/;
/** Share of the good lines that have such codes in UCI's shop, at least: 99.6 % do. */
const UCI_SHARE = 0.95;

/**
 * Leaves out lines without a customer, returns and cancellations (quantity at or below 0: so are all of UCI's `C…` invoices),
 * gifts and corrections (price at or below 0) and, in a shop with UCI's codes, what is no product. A shop has UCI's codes
 * if nearly all of its otherwise good lines do; in any other shop every code is a product.
 * Codes are compared in upper case; lines of one product in one invoice are summed.
 */
export async function purchaseHistory(entries: AsyncIterable<OrderLineEntry>): Promise<PurchaseHistory> {
  const bad: { lineNumber: number; reason: string }[] = [];
  const sold: SoldLine[] = [];
  const leftOut = { noCustomer: 0, returned: 0, free: 0, noProduct: 0 };
  let lines = 0;
  for await (const entry of entries) {
    lines += 1;
    if (entry.kind === 'bad') bad.push({ lineNumber: entry.lineNumber, reason: entry.reason });
    else {
      const line = soldLine(entry.line);
      if (typeof line === 'string') leftOut[line] += 1;
      else sold.push(line);
    }
  }
  const likeUci = sold.filter(({ code }) => UCI_PRODUCT_CODE.test(code));
  const products = likeUci.length >= UCI_SHARE * sold.length ? likeUci : sold;
  leftOut.noProduct = sold.length - products.length;
  return { ...numbered(products), lines, bad, leftOut };
}

/**
 * Every interaction is a purchase of one piece. The format knows no baskets: what a customer has on one UTC day is one, and the
 * same product twice in it is one purchase. Nor does it know prices.
 */
export async function interactionHistory(entries: AsyncIterable<InteractionEntry>): Promise<PurchaseHistory> {
  const bad: { lineNumber: number; reason: string }[] = [];
  const lines: SoldLine[] = [];
  for await (const entry of entries) {
    if (entry.kind === 'bad') bad.push({ lineNumber: entry.lineNumber, reason: entry.reason });
    else lines.push(lineOfDay(entry.interaction));
  }
  return {
    ...numbered(lines),
    lines: lines.length + bad.length,
    bad,
    leftOut: { noCustomer: 0, returned: 0, free: 0, noProduct: 0 },
  };
}

interface SoldLine {
  readonly customer: string;
  readonly code: string;
  readonly invoice: string;
  readonly at: number;
  readonly quantity: number;
  /** Of one piece; null where the file knows none. */
  readonly price: number | null;
  readonly category: string | null;
}

function lineOfDay({ user, item, at }: Interaction): SoldLine {
  const invoice = `${user}\n${new Date(at).toISOString().slice(0, 10)}`;
  return { customer: user, code: item, invoice, at, quantity: 1, price: null, category: null };
}

function soldLine(line: OrderLine): SoldLine | LeftOut {
  if (line.customerId === null) return 'noCustomer';
  if (line.quantity <= 0) return 'returned';
  const price = Number(line.unitPrice);
  if (price <= 0) return 'free';
  return {
    customer: line.customerId,
    code: line.stockCode.toUpperCase(),
    invoice: line.invoice,
    at: line.at,
    quantity: line.quantity,
    price,
    category: line.category,
  };
}

function numbered(
  lines: readonly SoldLine[],
): Pick<PurchaseHistory, 'purchases' | 'categories' | 'customers' | 'products' | 'span'> {
  const customers = numbersOf(lines.map(({ customer }) => customer));
  const products = numbersOf(lines.map(({ code }) => code));
  const invoices = numbersOf(lines.map(({ invoice }) => invoice));
  const summed = new Map<string, CustomerPurchase>();
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const { customer, code, invoice, at, quantity, price } of lines) {
    from = Math.min(from, at);
    to = Math.max(to, at);
    const key = `${invoice}\n${code}`;
    const earlier = summed.get(key);
    summed.set(key, {
      customer: customers.get(customer)!,
      product: products.get(code)!,
      basket: invoices.get(invoice)!,
      at: Math.min(earlier?.at ?? at, at),
      quantity: (earlier?.quantity ?? 0) + quantity,
      ...(price === null ? {} : { price: meanPrice(earlier, quantity, price) }),
    });
  }
  return {
    purchases: [...summed.values()],
    categories: categoriesOf(lines, products),
    customers: customers.size,
    products: products.size,
    span: lines.length === 0 ? null : { from, to },
  };
}

function meanPrice(earlier: CustomerPurchase | undefined, quantity: number, price: number): number {
  if (earlier?.price === undefined) return price;
  return (earlier.quantity * earlier.price + quantity * price) / (earlier.quantity + quantity);
}

function categoriesOf(
  lines: readonly SoldLine[],
  products: ReadonlyMap<string, number>,
): ReadonlyMap<number, string> {
  const latest = new Map<number, { readonly at: number; readonly category: string }>();
  for (const { code, at, category } of lines) {
    const product = products.get(code)!;
    if (category !== null && at >= (latest.get(product)?.at ?? at)) latest.set(product, { at, category });
  }
  return new Map([...latest].map(([product, { category }]) => [product, category]));
}

/** The same numbers for the same texts, in whatever order they come. */
function numbersOf(texts: readonly string[]): ReadonlyMap<string, number> {
  return new Map([...new Set(texts)].sort().map((text, index) => [text, index + 1]));
}
