import type { ActivityMeasure, Interval } from '../../shared/evaluation/index.ts';
import { type EvaluationRun, lastOrigin } from './run.ts';

/** How it was measured, in sentences: the same in the terminal and in the report. */
export function protocolText(run: EvaluationRun): string[] {
  const { request, report } = run;
  const origin = lastOrigin(run);
  const [first] = origin.methods;
  const many = report.origins.length;
  return [
    `global temporal split: everything before ${day(origin.cut)} 00:00 UTC trains and tunes, the ${request.days} days from it are to be found`,
    `${first?.any.customers ?? 0} known customers, ${first?.repeat.customers ?? 0} of them with repeats and ${first?.novel.customers ?? 0} with products new to them, and ${first?.unknown.customers ?? 0} customers unknown before, apart`,
    `the whole catalogue of ${origin.catalogue} products is ranked, nothing is sampled; the ideal of NDCG is min(truth, k) hits; ties by sales, then by id`,
    ...(many === 1
      ? []
      : [`${many} such windows back to back, each with models of its own; the tables are of the last`]),
    ...(request.shuffleLabels
      ? [
          'CONTROL RUN: products were dealt out anew over all purchases; what beats popularity here beats it by noise or by looking ahead',
        ]
      : []),
  ];
}

export function share(value: number): string {
  return value.toFixed(3);
}

export function intervalText({ difference, low, high }: Interval): string {
  return `${signed(difference)} [${signed(low)}, ${signed(high)}]`;
}

export function activityLabel({ from, to }: Pick<ActivityMeasure, 'from' | 'to'>): string {
  if (from === to) return from === 1 ? '1 basket' : `${from} baskets`;
  return `${from}-${to} baskets`;
}

export function leftOutText(leftOut: Readonly<Record<string, number>>): string {
  return Object.entries(leftOut)
    .map(([reason, count]) => `${reason} ${count}`)
    .join(', ');
}

export function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

function signed(value: number): string {
  return `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(3)}`;
}
