import { pairedBootstrap } from './bootstrap.ts';
import { type Method, measure } from './measure.ts';
import type { CustomerAtCut } from './temporal-split.ts';

/** What a training writes to the model registry: numbers by name, of the model and of what it was compared with. */
export interface ValidationMeasures {
  readonly metrics: Readonly<Record<string, number>>;
  /** By name of the baseline; `lead…` is ours minus the baseline over the same customers, with its 95 % interval. */
  readonly baselines: Readonly<Record<string, BaselineMeasures>>;
}

export interface BaselineMeasures extends Readonly<Record<string, number>> {
  readonly ndcgAt10: number;
  readonly novelNdcgAt10: number;
  readonly leadAt10: number;
  readonly leadAt10Low: number;
  readonly leadAt10High: number;
}

const K = 10;

/** Measures on a validation window; with nobody in it there is the number of customers alone. */
export function validationMeasures(
  ours: Method,
  baselines: readonly Method[],
  catalogue: Int32Array,
  customers: readonly CustomerAtCut[],
  seed: number,
): ValidationMeasures {
  if (customers.length === 0) return { metrics: { validationCustomers: 0 }, baselines: {} };
  const { any, novel } = measure(ours, catalogue, customers, K);
  const measured = baselines.map((baseline) => {
    const other = measure(baseline, catalogue, customers, K);
    const lead = pairedBootstrap(any.ndcgOf, other.any.ndcgOf, seed);
    return [
      baseline.name,
      {
        ndcgAt10: other.any.ndcg,
        novelNdcgAt10: other.novel.ndcg,
        leadAt10: lead.difference,
        leadAt10Low: lead.low,
        leadAt10High: lead.high,
      },
    ] as const;
  });
  return {
    metrics: {
      validationCustomers: customers.length,
      ndcgAt10: any.ndcg,
      recallAt10: any.recall,
      hitRateAt10: any.hitRate,
      coverageAt10: any.coverage,
      novelNdcgAt10: novel.ndcg,
    },
    baselines: Object.fromEntries(measured),
  };
}
