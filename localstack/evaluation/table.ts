import type { Comparison, EvaluationReport, MethodReport } from '../../shared/evaluation/index.ts';
import { type EvaluationRun, lastOrigin } from './run.ts';
import { activityLabel, intervalText, leftOutText, protocolText, share } from './texts.ts';

/** Tables for a terminal: accuracy, the same by kind of customer, what the lists show, and who is better beyond noise. */
export function evaluationTable(run: EvaluationRun): string {
  const { history, report } = run;
  const origin = lastOrigin(run);
  const k = origin.methods[0]?.k ?? 0;
  return [
    `${history.purchases.length} purchases of ${history.customers} customers; left out: ${leftOutText(history.leftOut)}`,
    ...protocolText(run),
    '',
    ...accuracy(origin.methods, k),
    '',
    ...kinds(origin.methods, k),
    '',
    ...exposure(origin.methods, k),
    '',
    ...otherLengths(origin.methods),
    ...differences(`NDCG@${k} of ${origin.methods.at(-1)?.name} minus that of the other`, origin.comparisons),
    '',
    ...(report.origins.length === 1 ? [] : [...rolling(run, k), '']),
    ...candidates(origin),
    ...chosen(origin, run.request.days),
    '',
  ].join('\n');
}

function accuracy(methods: readonly MethodReport[], k: number): string[] {
  const atLength = (metrics: readonly string[]): string[] => metrics.map((metric) => `${metric}@${k}`);
  const header = [
    ...atLength(['NDCG', 'recall', 'precision', 'MAP', 'MRR', 'hit rate']),
    'coverage',
    ...atLength(['new NDCG', 'new recall']),
  ];
  return aligned([
    ['', ...header],
    ...methods.map(({ name, any, novel }) => [
      name,
      ...[any.ndcg, any.recall, any.precision, any.map, any.mrr, any.hitRate, any.coverage].map(share),
      ...[novel.ndcg, novel.recall].map(share),
    ]),
  ]);
}

function kinds(methods: readonly MethodReport[], k: number): string[] {
  const first = methods[0];
  if (first === undefined) return [];
  return [
    `NDCG@${k} by what counts and by how often the customer had bought (customers):`,
    ...aligned([
      [
        '',
        `repeats (${first.repeat.customers})`,
        `new (${first.novel.customers})`,
        `unknown (${first.unknown.customers})`,
        ...first.byActivity.map((group) => `${activityLabel(group)} (${group.any.customers})`),
      ],
      ...methods.map(({ name, repeat, novel, unknown, byActivity }) => [
        name,
        ...[repeat.ndcg, novel.ndcg, unknown.ndcg].map(share),
        ...byActivity.map(({ any }) => share(any.ndcg)),
      ]),
    ]),
  ];
}

function exposure(methods: readonly MethodReport[], k: number): string[] {
  const hasCategories = methods.some((method) => method.exposure.any.diversity !== null);
  return [
    `what the lists of ${k} show: Gini of exposure, mean -log2 of a product's share of customers, share of the long tail${hasCategories ? ', share of pairs of different categories' : ''}; then the same of what is new to the customer`,
    ...aligned([
      [
        '',
        ...['', 'new '].flatMap((of) =>
          ['Gini', 'novelty', 'tail', ...(hasCategories ? ['diversity'] : [])].map((name) => `${of}${name}`),
        ),
      ],
      ...methods.map(({ name, exposure: { any, novel } }) => [
        name,
        ...[any, novel].flatMap(({ gini, novelty, tailShare, diversity }) => [
          share(gini),
          novelty.toFixed(2),
          share(tailShare),
          ...(hasCategories ? [diversity === null ? '-' : share(diversity)] : []),
        ]),
      ]),
    ]),
  ];
}

function otherLengths(methods: readonly MethodReport[]): string[] {
  return (methods[0]?.lengths.slice(1) ?? []).flatMap(({ k }, index) => [
    ...aligned([
      ['', `NDCG@${k}`, `recall@${k}`, `hit rate@${k}`, 'coverage', `new NDCG@${k}`, `new recall@${k}`],
      ...methods.map(({ name, lengths }) => {
        const { any, novel } = lengths[index + 1]!;
        return [
          name,
          ...[any.ndcg, any.recall, any.hitRate, any.coverage, novel.ndcg, novel.recall].map(share),
        ];
      }),
    ]),
    '',
  ]);
}

function differences(title: string, comparisons: readonly Comparison[]): string[] {
  return [
    `${title}, 95 % paired bootstrap over customers:`,
    ...aligned([
      ['', 'repeats allowed', 'only repeats', 'new to the customer'],
      ...comparisons.map(({ against, any, repeat, novel }) => [
        against,
        intervalText(any),
        intervalText(repeat),
        intervalText(novel),
      ]),
    ]),
  ];
}

function candidates({ candidateRecall }: EvaluationReport): string[] {
  const { any, novel } = candidateRecall;
  const { candidates: anyCount, ...anySources } = any;
  return [
    `share of the purchases to be found that are candidates, by source; ${anyCount.toFixed(0)} candidates a customer, ${novel.candidates.toFixed(0)} of what is new:`,
    ...aligned([
      ['', ...Object.keys(anySources)],
      ...(
        [
          ['repeats allowed', any],
          ['new to the customer', novel],
        ] as const
      ).map(([title, recall]) => [
        title,
        ...(Object.keys(anySources) as (keyof typeof anySources)[]).map((source) => share(recall[source])),
      ]),
    ]),
    '',
  ];
}

function rolling({ report }: EvaluationRun, k: number): string[] {
  const day = (cut: number): string => new Date(cut).toISOString().slice(0, 10);
  const ndcgOf = (origin: EvaluationReport, name: string, scope: 'any' | 'novel'): string => {
    const isOurs = name === report.methods.at(-1)?.name;
    const method = isOurs ? origin.methods.at(-1) : origin.methods.find((other) => other.name === name);
    return method === undefined ? '-' : share(method[scope].ndcg);
  };
  const table = (scope: 'any' | 'novel', title: string): string[] => [
    title,
    ...aligned([
      ['', ...report.origins.map(({ cut }) => day(cut)), 'all'],
      ...report.methods.map((method) => [
        method.name,
        ...report.origins.map((origin) => ndcgOf(origin, method.name, scope)),
        share(method[scope].difference),
      ]),
    ]),
    '',
  ];
  return [
    ...table('any', `NDCG@${k} by cut, repeats allowed:`),
    ...table('novel', `NDCG@${k} by cut, new to the customer:`),
    ...differences(`over all ${report.origins.length} windows, ours minus the other`, report.comparisons),
  ];
}

function chosen({ als, settings, trees, baselineParameters }: EvaluationReport, days: number): string[] {
  return [
    `chosen on the ${days} days before the cut: ALS rank ${als.rank}, alpha ${als.alpha}, regParam ${als.regParam}; half-life of the rate ${settings.rateHalfLifeDays} days, of recency ${settings.recencyHalfLifeBaskets} baskets; ${settings.restGaps === 0 ? 'nothing rests after a purchase' : `a product rests ${settings.restGaps} of its usual gap`}; popularity of ${settings.popularityDays} days`,
    `weights of the blend ${JSON.stringify(settings.weights)}; in the columns "new" those of the discover shelf ${JSON.stringify(settings.discoverWeights)}`,
    `lists with repeats are ranked by ${rankedBy(trees.any)}, lists of what is new by ${rankedBy(trees.novel)}`,
    ...Object.entries(baselineParameters).map(
      ([name, parameters]) => `${name} ${JSON.stringify(parameters)}`,
    ),
  ];
}

function rankedBy(trees: number | null): string {
  return trees === null ? 'the blend' : `${trees} trees`;
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
