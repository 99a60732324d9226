/**
 * Rolling-origin evaluation (Tashman 2000, https://doi.org/10.1016/S0169-2070(00)00065-0): windows back to back, each found by
 * models that were trained and tuned on what lies before it. Intervals over one window's customers say nothing of other weeks.
 */
import { DAY_MS } from '../domain/index.ts';
import { clusteredInterval, type Interval } from './bootstrap.ts';
import {
  type Comparison,
  type EvaluationOptions,
  type EvaluationReport,
  evaluateRecommender,
} from './evaluate-recommender.ts';
import { SCOPES, type Scope } from './measure.ts';
import type { MethodReport } from './method-report.ts';
import type { CustomerPurchase } from './purchase-log.ts';

export interface RollingReport {
  /** Earliest cut first; the last one is at the cut that was asked for. */
  readonly origins: readonly EvaluationReport[];
  /** NDCG over the customers of all windows, of what stands in every one; ours is last. */
  readonly methods: readonly PooledMethod[];
  /** Ours minus the other; a customer of several windows is drawn with all of them. */
  readonly comparisons: readonly Comparison[];
}

export type PooledMethod = { readonly name: string } & Readonly<Record<Scope, Interval>>;

/** @param origins how many windows, at least 1 */
export async function evaluateOrigins(
  purchases: readonly CustomerPurchase[],
  origins: number,
  options: EvaluationOptions,
): Promise<RollingReport> {
  const reports: EvaluationReport[] = [];
  for (let earlier = origins - 1; earlier >= 0; earlier--) {
    const cut = options.cut - earlier * options.days * DAY_MS;
    options.onProgress?.(`origin ${origins - earlier} of ${origins}: ${new Date(cut).toISOString()}`);
    reports.push(await evaluateRecommender(purchases, { ...options, cut }));
  }
  return { origins: reports, ...pooled(reports, options.seed) };
}

/** What is served may have another name in every window: ours are pooled by their place, the others by name. */
export function pooled(
  reports: readonly EvaluationReport[],
  seed: number,
): Pick<RollingReport, 'methods' | 'comparisons'> {
  const ours = reports.map(({ methods }) => methods.at(-1)!);
  const others = (reports[0]?.methods ?? []).slice(0, -1).flatMap(({ name }) => {
    const everywhere = reports.map(({ methods }) =>
      methods.slice(0, -1).find((other) => other.name === name),
    );
    return everywhere.every((other) => other !== undefined) ? [{ name, reports: everywhere }] : [];
  });
  const name = [...new Set(ours.map((method) => method.name))].join(' or ');
  return {
    methods: [...others, { name, reports: ours }].map((method) => ({
      name: method.name,
      ...perScope((scope) => {
        const { values, owners } = together(method.reports, scope);
        return clusteredInterval(values, owners, seed);
      }),
    })),
    comparisons: others.map((other) => ({
      against: other.name,
      ...perScope((scope) => {
        const [a, b] = [together(ours, scope), together(other.reports, scope)];
        const differences = a.values.map((value, index) => value - b.values[index]!);
        return clusteredInterval(differences, a.owners, seed);
      }),
    })),
  };
}

function together(
  reports: readonly MethodReport[],
  scope: Scope,
): { values: Float64Array; owners: Int32Array } {
  return {
    values: Float64Array.from(reports.flatMap((report) => [...report[scope].ndcgOf])),
    owners: Int32Array.from(reports.flatMap((report) => [...report[scope].customerIds])),
  };
}

function perScope(interval: (scope: Scope) => Interval): Record<Scope, Interval> {
  return Object.fromEntries(SCOPES.map((scope) => [scope, interval(scope)])) as Record<Scope, Interval>;
}
