import { DAY_MS } from '../domain/index.ts';
import type { Purchase } from '../ranking/index.ts';

export interface CustomerPurchase extends Purchase {
  readonly customer: number;
}

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
  readonly before: readonly CustomerPurchase[];
  /** Every customer known before the cut. */
  readonly histories: ReadonlyMap<number, readonly Purchase[]>;
  /** Those with something to find, by ascending id. */
  readonly customers: readonly CustomerAtCut[];
  /** Customers who first come in the window, with something to find, by ascending id: they are shown what anybody is shown. */
  readonly unknown: readonly CustomerAtCut[];
}

/** Nothing at or after the cut enters a history, and nothing before it enters a truth. */
export function splitAt(purchases: readonly CustomerPurchase[], cut: number, days: number): TemporalSplit {
  const end = cut + days * DAY_MS;
  const before = purchases.filter(({ at }) => at < cut);
  const sold = new Set(before.map(({ product }) => product));
  const histories = new Map<number, Purchase[]>();
  for (const purchase of before) grouped(histories, purchase.customer, []).push(purchase);

  const truths = new Map<number, Set<number>>();
  for (const { at, customer, product } of purchases) {
    if (at >= cut && at < end && sold.has(product)) grouped(truths, customer, new Set()).add(product);
  }
  const buyers = [...truths]
    .sort(([a], [b]) => a - b)
    .map(([customer, truth]) => customerAtCut(customer, histories.get(customer) ?? [], truth));
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

function customerAtCut(
  customer: number,
  history: readonly Purchase[],
  truth: ReadonlySet<number>,
): CustomerAtCut {
  const bought = new Set(history.map(({ product }) => product));
  return {
    customer,
    history,
    truth,
    novelTruth: new Set([...truth].filter((product) => !bought.has(product))),
  };
}

function grouped<Group>(groups: Map<number, Group>, key: number, empty: Group): Group {
  const group = groups.get(key);
  if (group !== undefined) return group;
  groups.set(key, empty);
  return empty;
}
