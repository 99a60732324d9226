import { basename } from 'node:path';
import type { Comparison, EvaluationReport, MethodReport } from '../../shared/evaluation/index.ts';
import { barPanels, escaped, exposurePlot, intervalPlot, originPlot } from './plots.ts';
import { type EvaluationRun, lastOrigin } from './run.ts';
import { REPORT_STYLE } from './style.ts';
import { activityLabel, day, intervalText, leftOutText, protocolText, share } from './texts.ts';

/** The whole report as one page that needs nothing beside itself and runs no script. */
export function evaluationHtml(run: EvaluationRun): string {
  const origin = lastOrigin(run);
  const k = origin.methods[0]?.k ?? 0;
  const name = escaped(basename(run.request.orders));
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>Recommendations for ${name}, from ${day(origin.cut)}</title>`,
    `<style>${REPORT_STYLE}</style></head><body><main>`,
    `<h1>How good the recommendations for ${name} are</h1>`,
    `<p class="quiet">${run.request.days} days from ${day(origin.cut)}, lists of ${k}, ${run.history.purchases.length.toLocaleString('en')} purchases of ${run.history.customers.toLocaleString('en')} customers</p>`,
    ...tiles(origin, k),
    ...accuracy(origin, k),
    ...comparison(origin.comparisons, origin.methods.at(-1)?.name ?? '', k),
    ...(run.report.origins.length === 1 ? [] : origins(run, k)),
    ...activity(origin.methods, k),
    ...exposure(origin.methods, k),
    ...origin.methods[0]!.lengths.map((length, index) => lengthTable(origin.methods, index, length.k)),
    ...protocol(run),
    '</main></body></html>',
    '',
  ].join('\n');
}

function tiles({ methods, comparisons }: EvaluationReport, k: number): string[] {
  const ours = methods.at(-1);
  if (ours === undefined) return [];
  const best = (scope: 'any' | 'novel'): Comparison | undefined =>
    [...comparisons].sort((a, b) => a[scope].difference - b[scope].difference)[0];
  const lead = (scope: 'any' | 'novel'): string => {
    const closest = best(scope);
    return closest === undefined ? '' : `${intervalText(closest[scope])} over ${closest.against}`;
  };
  const tile = (value: number, what: string, more: string): string =>
    `<div class="tile">${escaped(what)}<b>${share(value)}</b><span class="quiet">${escaped(more)}</span></div>`;
  return [
    '<div class="tiles">',
    tile(ours.any.ndcg, `NDCG@${k}, repeats allowed`, lead('any')),
    tile(ours.novel.ndcg, `NDCG@${k}, new to the customer`, lead('novel')),
    tile(ours.any.hitRate, `hit rate@${k}`, `of ${ours.any.customers} customers`),
    tile(ours.any.coverage, 'catalogue shown', `Gini of exposure ${share(ours.exposure.any.gini)}`),
    '</div>',
  ];
}

function accuracy({ methods }: EvaluationReport, k: number): string[] {
  const rows = (scope: 'any' | 'repeat' | 'novel') =>
    marked(methods).map(({ method, ...row }) => ({ ...row, interval: method.ndcg[scope] }));
  const plot = (scope: 'any' | 'repeat' | 'novel', what: string): string[] => [
    `<h2>NDCG@${k}: ${what}</h2>`,
    `<p class="quiet">${methods[0]?.[scope].customers ?? 0} customers; the line is the 95 % interval over them.</p>`,
    intervalPlot(rows(scope), `NDCG@${k} by method, ${what}`),
  ];
  return [
    ...plot('any', 'repeats allowed'),
    ...plot('novel', 'only what is new to the customer'),
    ...plot('repeat', 'only what the customer had bought'),
  ];
}

function comparison(comparisons: readonly Comparison[], ours: string, k: number): string[] {
  const rows = (scope: 'any' | 'novel') =>
    comparisons.map((other) => ({ label: other.against, isOurs: false, interval: other[scope] }));
  return [
    `<h2>How much better: NDCG@${k} of ${escaped(ours)} minus that of the other</h2>`,
    '<p class="quiet">Paired over the same customers; right of the line ours is better, and beyond noise where the whole interval is.</p>',
    '<p>Repeats allowed</p>',
    intervalPlot(rows('any'), `lead over each method, repeats allowed`),
    '<p>New to the customer</p>',
    intervalPlot(rows('novel'), `lead over each method, new to the customer`),
  ];
}

function origins({ report }: EvaluationRun, k: number): string[] {
  const cuts = report.origins.map(({ cut }) => day(cut));
  const lines = (scope: 'any' | 'novel') =>
    report.methods.map(({ name }, index) => {
      const isOurs = index === report.methods.length - 1;
      const values = report.origins.map(({ methods }) => {
        const method = isOurs ? methods.at(-1) : methods.find((other) => other.name === name);
        return method?.[scope].ndcg ?? 0;
      });
      return { label: name, isOurs, values };
    });
  const rows = report.comparisons.map(({ against, any }) => ({
    label: against,
    isOurs: false,
    interval: any,
  }));
  return [
    `<h2>NDCG@${k} by cut</h2>`,
    '<p class="quiet">Every window is found by models that were trained and tuned on what lies before it. Repeats allowed, then new to the customer.</p>',
    originPlot(lines('any'), cuts, `NDCG@${k} by cut, repeats allowed`),
    originPlot(lines('novel'), cuts, `NDCG@${k} by cut, new to the customer`),
    key(report.methods.map(({ name }) => name)),
    `<p>Ours minus the other over all ${cuts.length} windows, repeats allowed</p>`,
    intervalPlot(rows, 'lead over each method, all windows'),
  ];
}

function activity(methods: readonly MethodReport[], k: number): string[] {
  const panels = (methods[0]?.byActivity ?? []).map((group, index) => ({
    title: activityLabel(group),
    subtitle: `${group.any.customers} customers`,
    values: methods.map(({ byActivity }) => byActivity[index]!.any.ndcg),
  }));
  return [
    `<h2>NDCG@${k} by how often customers had bought</h2>`,
    '<p class="quiet">Quarters of the customers by their baskets before the cut, repeats allowed.</p>',
    barPanels(marked(methods), panels, `NDCG@${k} by activity of the customers`),
  ];
}

function exposure(methods: readonly MethodReport[], k: number): string[] {
  const curves = marked(methods).map(({ method, ...row }) => ({ ...row, points: method.exposure.any.curve }));
  return [
    '<h2>How few products fill the lists</h2>',
    `<p class="quiet">Share of all places in lists of ${k} that the most shown products have: the later a curve rises, the more of the catalogue is seen.</p>`,
    exposurePlot(curves, 'exposure curve'),
    key(methods.map(({ name }) => name)),
    '<p>What lists show, repeats allowed</p>',
    exposureTable(methods, 'any'),
    '<p>What lists of products new to the customer show</p>',
    exposureTable(methods, 'novel'),
  ];
}

function exposureTable(methods: readonly MethodReport[], scope: 'any' | 'novel'): string {
  const hasCategories = methods.some(({ exposure: of }) => of[scope].diversity !== null);
  return table(
    [
      '',
      'share of the catalogue shown',
      'Gini of exposure',
      'novelty (bits)',
      'share of the long tail',
      ...(hasCategories ? ['pairs of different categories'] : []),
    ],
    methods.map((method) => {
      const { gini, novelty, tailShare, diversity } = method.exposure[scope];
      return [
        method.name,
        ...[share(method[scope].coverage), share(gini), novelty.toFixed(2), share(tailShare)],
        ...(hasCategories ? [diversity === null ? '-' : share(diversity)] : []),
      ];
    }),
  );
}

function lengthTable(methods: readonly MethodReport[], index: number, k: number): string {
  const header = [
    '',
    'NDCG',
    'recall',
    'precision',
    'MAP',
    'MRR',
    'hit rate',
    'NDCG repeats',
    'NDCG new',
    'recall new',
    'NDCG unknown',
  ];
  const rows = methods.map(({ name, lengths }) => {
    const { any, repeat, novel, unknown } = lengths[index]!;
    return [
      name,
      ...[any.ndcg, any.recall, any.precision, any.map, any.mrr, any.hitRate].map(share),
      ...[repeat.ndcg, novel.ndcg, novel.recall, unknown.ndcg].map(share),
    ];
  });
  return `<h2>Lists of ${k}</h2>${table(header, rows)}`;
}

function protocol(run: EvaluationRun): string[] {
  const { als, settings, trees, baselineParameters, validation } = lastOrigin(run);
  const chosen = { als, ranking: settings, trees, baselines: baselineParameters, validation };
  return [
    '<h2>How it was measured</h2>',
    `<ul class="quiet">${protocolText(run)
      .map((line) => `<li>${escaped(line)}</li>`)
      .join('')}`,
    `<li>left out of ${run.history.lines.toLocaleString('en')} rows: ${escaped(leftOutText(run.history.leftOut))}; ${run.history.bad.length} bad rows</li>`,
    `<li>seed ${run.request.seed}; intervals by 2,000 bootstrap draws of customers</li></ul>`,
    `<p>Chosen on the ${run.request.days} days before the cut</p>`,
    `<pre>${escaped(JSON.stringify(chosen, null, 1))}</pre>`,
  ];
}

function marked(
  methods: readonly MethodReport[],
): { label: string; isOurs: boolean; method: MethodReport }[] {
  return methods.map((method, index) => ({
    label: method.name,
    isOurs: index === methods.length - 1,
    method,
  }));
}

/** The colours of the curves, ours last. */
function key(names: readonly string[]): string {
  const items = names.map(
    (name, index) =>
      `<li><i class="${index === names.length - 1 ? 'ours' : `c${index}`}"></i>${escaped(name)}</li>`,
  );
  return `<ul class="key">${items.join('')}</ul>`;
}

/** The last row is ours. */
function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = header.map((cell) => `<th>${escaped(cell)}</th>`).join('');
  const body = rows.map((row, index) => {
    const cells = row.map((cell) => `<td>${escaped(cell)}</td>`).join('');
    return `<tr${index === rows.length - 1 ? ' class="ours"' : ''}>${cells}</tr>`;
  });
  return `<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}
