import type { EvaluationReport, Interval, Measured } from '../../shared/evaluation/index.ts';
import type { PurchaseHistory } from '../shop/purchase-history.ts';

export interface EvaluationRun {
  readonly orders: string;
  readonly cut: number;
  readonly days: number;
  readonly seed: number;
  readonly history: PurchaseHistory;
  readonly report: EvaluationReport;
}

/** Everything that was measured as one plain object. */
export function evaluationJson({
  orders,
  cut,
  days,
  seed,
  history,
  report,
}: EvaluationRun): Record<string, unknown> {
  const { purchases, customers, products, lines, bad, leftOut, span } = history;
  return {
    orders,
    protocol: {
      cut: new Date(cut).toISOString(),
      days,
      seed,
      list: 10,
      catalogue: report.catalogue,
      customers: report.methods[0]?.any.customers ?? 0,
      novelCustomers: report.methods[0]?.novel.customers ?? 0,
      unknownCustomers: report.unknownCustomers,
    },
    file: {
      lines,
      badRows: bad,
      leftOut,
      purchases: purchases.length,
      customers,
      products,
      span: span && isoSpan(span),
    },
    chosen: { als: report.als, ranking: report.settings, validation: report.validation },
    methods: report.methods.map(({ name, any, novel }) => ({ name, any: plain(any), novel: plain(novel) })),
    comparisons: report.comparisons,
  };
}

const COLUMNS = ['NDCG@10', 'recall@10', 'hit rate', 'coverage', 'new NDCG@10', 'new recall@10'] as const;

export function evaluationTable({ cut, days, history, report }: EvaluationRun): string {
  const [first] = report.methods;
  const rows = report.methods.map(({ name, any, novel }) => [
    name,
    ...[any.ndcg, any.recall, any.hitRate, any.coverage, novel.ndcg, novel.recall].map((value) =>
      value.toFixed(3),
    ),
  ]);
  const differences = report.comparisons.map(({ against, any, novel }) => [
    against,
    interval(any),
    interval(novel),
  ]);
  const { als, settings } = report;
  return [
    `${history.purchases.length} purchases of ${history.customers} customers; left out: ${counts(history.leftOut)}`,
    `known before ${new Date(cut).toISOString().slice(0, 10)}, to be found in the ${days} days from then: ${first?.any.customers ?? 0} customers, ${first?.novel.customers ?? 0} of them with products new to them; ${report.catalogue} products ranked; ${report.unknownCustomers} unknown customers apart`,
    '',
    ...aligned([['', ...COLUMNS], ...rows]),
    '',
    'NDCG@10 of the blend minus that of the other, 95 % paired bootstrap over customers:',
    ...aligned([['', 'repeats allowed', 'new to the customer'], ...differences]),
    '',
    `chosen on the ${days} days before the cut: ALS rank ${als.rank}, alpha ${als.alpha}, regParam ${als.regParam}; half-life of the rate ${settings.rateHalfLifeDays} days, of recency ${settings.recencyHalfLifeBaskets} baskets; ${settings.restGaps === 0 ? 'nothing rests after a purchase' : `a product rests ${settings.restGaps} of its usual gap`}; popularity of ${settings.popularityDays} days`,
    `weights of the blend ${JSON.stringify(settings.weights)}; in the columns "new" those of the discover shelf ${JSON.stringify(settings.discoverWeights)}`,
    '',
  ].join('\n');
}

function plain({ ndcgOf, ...means }: Measured): Omit<Measured, 'ndcgOf'> {
  return means;
}

function isoSpan({ from, to }: { from: number; to: number }): { from: string; to: string } {
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
}

function counts(leftOut: Readonly<Record<string, number>>): string {
  return Object.entries(leftOut)
    .map(([reason, count]) => `${reason} ${count}`)
    .join(', ');
}

function interval({ difference, low, high }: Interval): string {
  const signed = (value: number): string => `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(3)}`;
  return `${signed(difference)} [${signed(low)}, ${signed(high)}]`;
}

/** The first column to the left, the others to the right. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
      .join('  '),
  );
}
