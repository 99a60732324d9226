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

/** Means over the customers with something to find. */
export interface Measured extends ListMetrics {
  readonly customers: number;
  /** Share of the catalogue that stands in at least one list. */
  readonly coverage: number;
  /** NDCG of each customer, in the order of the split, for paired comparison. */
  readonly ndcgOf: Float64Array;
}

export interface MethodResult {
  readonly name: string;
  /** Repeats allowed. */
  readonly any: Measured;
  /** Only products that the customer had never bought, in list and truth. */
  readonly novel: Measured;
}

/** @param catalogue product ids by position */
export function measure(
  method: Method,
  catalogue: Int32Array,
  customers: readonly CustomerAtCut[],
  k: number,
): MethodResult {
  const any = new Tally(catalogue.length, k);
  const novel = new Tally(catalogue.length, k);
  for (const customer of customers) {
    const scores = method.score(customer);
    const bought = new Set(customer.history.map(({ product }) => product));
    const list = (column: Float64Array, eligible?: (position: number) => boolean): number[] =>
      selectTop(column, method.ties, k, eligible).map((position) => catalogue[position]!);
    any.add(list(scores.any), customer.truth);
    if (customer.novelTruth.size === 0) continue;
    novel.add(
      list(scores.novel, (position) => !bought.has(catalogue[position]!)),
      customer.novelTruth,
    );
  }
  return { name: method.name, any: any.means(), novel: novel.means() };
}

class Tally {
  readonly #catalogueSize: number;
  readonly #k: number;
  readonly #lists: ListMetrics[] = [];
  readonly #listed = new Set<number>();

  constructor(catalogueSize: number, k: number) {
    this.#catalogueSize = catalogueSize;
    this.#k = k;
  }

  add(list: readonly number[], truth: ReadonlySet<number>): void {
    this.#lists.push(listMetrics(list, truth, this.#k));
    for (const product of list) this.#listed.add(product);
  }

  means(): Measured {
    const customers = this.#lists.length;
    const mean = (name: keyof ListMetrics): number =>
      customers === 0 ? 0 : this.#lists.reduce((sum, metrics) => sum + metrics[name], 0) / customers;
    return {
      ...(Object.fromEntries(METRIC_NAMES.map((name) => [name, mean(name)])) as unknown as ListMetrics),
      customers,
      coverage: this.#catalogueSize === 0 ? 0 : this.#listed.size / this.#catalogueSize,
      ndcgOf: Float64Array.from(this.#lists, ({ ndcg }) => ndcg),
    };
  }
}
