import { DAY_MS } from '../domain/index.ts';
import type { Purchase } from '../ranking/index.ts';
import { type CustomerPurchase, type Histories, type PurchaseLog, purchaseLog } from './purchase-log.ts';

/** A customer who buys after the cut. */
export interface CustomerAtCut {
  readonly customer: number;
  /** Strictly before the cut; empty for a customer who was unknown then. */
  readonly history: readonly Purchase[];
  /** Distinct products bought in the window after the cut, of those that were sold before it. */
  readonly truth: ReadonlySet<number>;
  /** The part of `truth` that the customer had never bought. */
  readonly novelTruth: ReadonlySet<number>;
}

export interface TemporalSplit {
  /** Milliseconds since 1970 UTC; the window is [cut, cut + days). */
  readonly cut: number;
  readonly days: number;
  readonly before: PurchaseLog;
  /** Every customer known before the cut. */
  readonly histories: Histories;
  /** Those with something to find, by ascending id. */
  readonly customers: readonly CustomerAtCut[];
  /** Customers who first come in the window, with something to find, by ascending id: they are shown what anybody is shown. */
  readonly unknown: readonly CustomerAtCut[];
}

/** Nothing at or after the cut enters a history, and nothing before it enters a truth. */
export function splitAt(purchases: Iterable<CustomerPurchase>, cut: number, days: number): TemporalSplit {
  const end = cut + days * DAY_MS;
  const log = purchaseLog(purchases);
  const before = log.before(cut);
  const { histories } = before;
  const sold = new Set<number>();
  for (const { product } of before) sold.add(product);

  const truths = new Map<number, Set<number>>();
  for (const { at, customer, product } of log.before(end)) {
    if (at < cut || !sold.has(product)) continue;
    const truth = truths.get(customer) ?? new Set();
    truths.set(customer, truth.add(product));
  }
  const buyers = [...truths].map(([customer, truth]) => customerAtCut(customer, histories, truth));
  const isKnown = ({ customer }: CustomerAtCut): boolean => histories.has(customer);
  return {
    cut,
    days,
    before,
    histories,
    customers: buyers.filter(isKnown),
    unknown: buyers.filter((buyer) => !isKnown(buyer)),
  };
}

/** The history is looked up when it is asked for, as of many buyers only some are looked at. */
function customerAtCut(customer: number, histories: Histories, truth: ReadonlySet<number>): CustomerAtCut {
  let history: readonly Purchase[] | null = null;
  let novelTruth: ReadonlySet<number> | null = null;
  return {
    customer,
    truth,
    get history() {
      history ??= histories.get(customer) ?? [];
      return history;
    },
    get novelTruth() {
      novelTruth ??= unbought(truth, this.history);
      return novelTruth;
    },
  };
}

function unbought(truth: ReadonlySet<number>, history: readonly Purchase[]): ReadonlySet<number> {
  const bought = new Set(history.map(({ product }) => product));
  return new Set([...truth].filter((product) => !bought.has(product)));
}
