import { selectTop } from '../ranking/index.ts';
import { type ListMetrics, listMetrics, METRIC_NAMES } from './metrics.ts';
import type { CustomerAtCut } from './temporal-split.ts';

/** A way to score the whole catalogue for one customer; columns by position in the catalogue. */
export interface Method {
  readonly name: string;
  /** Order among equal scores, higher first; then lower position. */
  readonly ties: Float64Array;
  /** `novel` is used where only products new to the customer are listed; often the same column as `any`. */
  readonly score: (customer: CustomerAtCut) => { readonly any: Float64Array; readonly novel: Float64Array };
}

/** What may stand in a list and counts as found: everything, only what the customer had bought, only what not. */
export const SCOPES = ['any', 'repeat', 'novel'] as const;
export type Scope = (typeof SCOPES)[number];

/** One customer's lists of product ids, best first; null where there is nothing of that kind to find. */
export interface RankedCustomer {
  readonly customer: CustomerAtCut;
  readonly lists: Readonly<Record<Scope, readonly number[] | null>>;
}

/** Means over the customers with something to find. */
export interface Measured extends ListMetrics {
  readonly customers: number;
  /** Share of the catalogue that stands in at least one list. */
  readonly coverage: number;
  /** NDCG of each customer, in the order of the split, for paired comparison. */
  readonly ndcgOf: Float64Array;
  /** Those customers. */
  readonly customerIds: Int32Array;
}

export interface MethodResult extends Readonly<Record<Scope, Measured>> {
  readonly name: string;
}

/** @param catalogue product ids by position */
export function measure(
  method: Method,
  catalogue: Int32Array,
  customers: readonly CustomerAtCut[],
  k: number,
): MethodResult {
  const ranked = rankCustomers(method, catalogue, customers, k);
  const measured = (scope: Scope): Measured => measureLists(ranked, scope, catalogue.length, k);
  return { name: method.name, any: measured('any'), repeat: measured('repeat'), novel: measured('novel') };
}

/** The `length` best of the whole catalogue for every customer, once for any shorter list. */
export function rankCustomers(
  method: Method,
  catalogue: Int32Array,
  customers: readonly CustomerAtCut[],
  length: number,
): RankedCustomer[] {
  return customers.map((customer) => {
    const scores = method.score(customer);
    const bought = new Set(customer.history.map(({ product }) => product));
    const isOwn = (position: number): boolean => bought.has(catalogue[position]!);
    const list = (scope: Scope, column: Float64Array, eligible?: (position: number) => boolean) =>
      truthSize(customer, scope) === 0
        ? null
        : selectTop(column, method.ties, length, eligible).map((position) => catalogue[position]!);
    return {
      customer,
      lists: {
        any: list('any', scores.any),
        repeat: list('repeat', scores.any, isOwn),
        novel: list('novel', scores.novel, (position) => !isOwn(position)),
      },
    };
  });
}

/** @param catalogueSize how many products were ranked */
export function measureLists(
  ranked: readonly RankedCustomer[],
  scope: Scope,
  catalogueSize: number,
  k: number,
): Measured {
  const listed = new Set<number>();
  const metrics: ListMetrics[] = [];
  const customerIds: number[] = [];
  for (const { customer, lists } of ranked) {
    const list = lists[scope]?.slice(0, k);
    if (list === undefined) continue;
    metrics.push(listMetrics(list, truthOf(customer, scope), k));
    customerIds.push(customer.customer);
    for (const product of list) listed.add(product);
  }
  const customers = metrics.length;
  const mean = (name: keyof ListMetrics): number =>
    customers === 0 ? 0 : metrics.reduce((sum, values) => sum + values[name], 0) / customers;
  return {
    ...(Object.fromEntries(METRIC_NAMES.map((name) => [name, mean(name)])) as unknown as ListMetrics),
    customers,
    coverage: catalogueSize === 0 ? 0 : listed.size / catalogueSize,
    ndcgOf: Float64Array.from(metrics, ({ ndcg }) => ndcg),
    customerIds: Int32Array.from(customerIds),
  };
}

function truthSize({ truth, novelTruth }: CustomerAtCut, scope: Scope): number {
  if (scope === 'any') return truth.size;
  return scope === 'novel' ? novelTruth.size : truth.size - novelTruth.size;
}

function truthOf({ truth, novelTruth }: CustomerAtCut, scope: Scope): ReadonlySet<number> {
  if (scope === 'any') return truth;
  return scope === 'novel' ? novelTruth : new Set([...truth].filter((product) => !novelTruth.has(product)));
}
