import type { CustomerAtCut } from './temporal-split.ts';

/** Customers alike in how often they had bought before the cut. */
export interface ActivityGroup {
  /** Fewest and most baskets of its customers. */
  readonly from: number;
  readonly to: number;
  readonly customers: readonly CustomerAtCut[];
}

/**
 * Quarters of the customers by their number of baskets, least active first. Customers with as many baskets are never parted, so
 * groups may differ in size, and there are fewer than four where many are alike.
 */
export function activityQuartiles(customers: readonly CustomerAtCut[]): ActivityGroup[] {
  const counted = customers
    .map((customer) => ({ customer, baskets: new Set(customer.history.map(({ basket }) => basket)).size }))
    .sort((a, b) => a.baskets - b.baskets);
  const groups: { from: number; to: number; quarter: number; customers: CustomerAtCut[] }[] = [];
  counted.forEach(({ customer, baskets }, index) => {
    const last = groups.at(-1);
    const quarter = Math.floor((4 * index) / counted.length);
    if (last !== undefined && (last.quarter === quarter || last.to === baskets)) {
      last.to = baskets;
      last.customers.push(customer);
    } else {
      groups.push({ from: baskets, to: baskets, quarter, customers: [customer] });
    }
  });
  return groups.map(({ from, to, customers: members }) => ({ from, to, customers: members }));
}
