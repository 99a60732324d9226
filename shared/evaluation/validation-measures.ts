import { clusteredInterval } from './bootstrap.ts';
import { type Measured, type Method, type MethodResult, measure } from './measure.ts';
import type { CustomerAtCut } from './temporal-split.ts';

/** Methods to compare over the customers of one window; every window has the same baselines in the same order. */
export interface ValidationWindow {
  readonly ours: Method;
  readonly baselines: readonly Method[];
  /** Product ids by position. */
  readonly catalogue: Int32Array;
  readonly customers: readonly CustomerAtCut[];
}

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

/**
 * Means over the customers of all windows; a customer of several is drawn with all of them, as they are alike. Coverage is of the
 * latest window. With nobody in any there is the number of customers alone.
 * @param windows latest first, at least one
 */
export function validationMeasures(windows: readonly ValidationWindow[], seed: number): ValidationMeasures {
  const ours = windows.map((window) => measured(window, window.ours));
  const any = pooled(ours.map((result) => result.any));
  if (any.customers === 0) return { metrics: { validationCustomers: 0 }, baselines: {} };
  const names = windows[0]?.baselines.map(({ name }) => name) ?? [];
  const baselines = names.map((name, index) => {
    const others = windows.map((window) => measured(window, window.baselines[index]!));
    const other = pooled(others.map((result) => result.any));
    const differences = any.ndcgOf.map((ndcg, at) => ndcg - other.ndcgOf[at]!);
    const lead = clusteredInterval(differences, any.customerIds, seed);
    return [
      name,
      {
        ndcgAt10: other.mean('ndcg'),
        novelNdcgAt10: pooled(others.map((result) => result.novel)).mean('ndcg'),
        leadAt10: lead.difference,
        leadAt10Low: lead.low,
        leadAt10High: lead.high,
      },
    ] as const;
  });
  return {
    metrics: {
      validationCustomers: any.customers,
      ndcgAt10: any.mean('ndcg'),
      recallAt10: any.mean('recall'),
      hitRateAt10: any.mean('hitRate'),
      coverageAt10: ours[0]?.any.coverage ?? 0,
      novelNdcgAt10: pooled(ours.map((result) => result.novel)).mean('ndcg'),
    },
    baselines: Object.fromEntries(baselines),
  };
}

function measured({ catalogue, customers }: ValidationWindow, method: Method): MethodResult {
  return measure(method, catalogue, customers, K);
}

interface Pooled {
  /** Distinct. */
  readonly customers: number;
  readonly ndcgOf: Float64Array;
  readonly customerIds: Int32Array;
  readonly mean: (name: 'ndcg' | 'recall' | 'hitRate') => number;
}

/** Every customer of every window counts once. */
function pooled(windows: readonly Measured[]): Pooled {
  const size = windows.reduce((sum, { customers }) => sum + customers, 0);
  const customerIds = Int32Array.from(windows.flatMap((window) => [...window.customerIds]));
  return {
    customers: new Set(customerIds).size,
    ndcgOf: Float64Array.from(windows.flatMap((window) => [...window.ndcgOf])),
    customerIds,
    mean: (name) =>
      size === 0 ? 0 : windows.reduce((sum, window) => sum + window.customers * window[name], 0) / size,
  };
}
