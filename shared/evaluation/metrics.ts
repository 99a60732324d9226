/**
 * Metrics of one ranked list against the set of products that were bought. The whole catalogue is ranked and nothing is sampled:
 * figures over sampled negatives do not even order methods as exact ones do (Krichene and Rendle, KDD 2020,
 * https://doi.org/10.1145/3394486.3403226). Definitions as in Manning, Raghavan and Schütze, "Introduction to Information
 * Retrieval", chapter 8 (https://nlp.stanford.edu/IR-book/), cut at place k.
 */
export interface ListMetrics {
  /**
   * DCG with gain 1 and discount 1 / log2(place + 1) (Järvelin and Kekäläinen 2002, https://doi.org/10.1145/582415.582418), over
   * that of an ideal list of min(|truth|, k) hits.
   */
  readonly ndcg: number;
  /** Hits over |truth|. */
  readonly recall: number;
  /** Hits over k, also for a list that is shorter. */
  readonly precision: number;
  /** 1 with at least one hit. */
  readonly hitRate: number;
  /** Average precision at k, whose mean over customers is MAP@k: precision at each hit, summed, over min(|truth|, k). */
  readonly map: number;
  /** 1 over the place of the first hit; 0 without one. */
  readonly mrr: number;
}

export const METRIC_NAMES = [
  'ndcg',
  'recall',
  'precision',
  'hitRate',
  'map',
  'mrr',
] as const satisfies (keyof ListMetrics)[];

/**
 * @param list best first; what stands after place `k` is not looked at
 * @param truth not empty: a customer who bought nothing is not measured
 */
export function listMetrics(list: readonly number[], truth: ReadonlySet<number>, k: number): ListMetrics {
  let hits = 0;
  let gain = 0;
  let precisions = 0;
  let first = 0;
  list.slice(0, k).forEach((product, index) => {
    if (!truth.has(product)) return;
    hits += 1;
    gain += discount(index);
    precisions += hits / (index + 1);
    if (first === 0) first = index + 1;
  });
  const ideal = Math.min(truth.size, k);
  return {
    ndcg: gain / idealGain(ideal),
    recall: hits / truth.size,
    precision: hits / k,
    hitRate: hits > 0 ? 1 : 0,
    map: precisions / ideal,
    mrr: first === 0 ? 0 : 1 / first,
  };
}

/** @param index place in the list, from 0 */
export function discount(index: number): number {
  return 1 / Math.log2(index + 2);
}

export function idealGain(hits: number): number {
  let gain = 0;
  for (let index = 0; index < hits; index++) gain += discount(index);
  return gain;
}
