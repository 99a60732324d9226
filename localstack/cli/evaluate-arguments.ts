import type { EvaluationRequest } from '../evaluation/index.ts';
import { type CommandSpec, invalidArguments, type OptionSpec, parseCommand } from './arguments.ts';

export const EVALUATE_SPEC = {
  usage: 'npm run evaluate -- --orders FILE --cut YYYY-MM-DD [options]',
  options: {
    orders: {
      type: 'string',
      required: true,
      description: 'order lines (CSV), or interactions as RecBole has them (.inter); either may be gzipped',
    },
    cut: {
      type: 'string',
      required: true,
      description: 'the day that parts what is known from what is to be found, 00:00 UTC',
    },
    days: { type: 'number', description: 'length of the window to be found (14)' },
    k: { type: 'string', description: 'lengths of the list, the one of the tables first, e.g. 10,5,20 (10)' },
    origins: {
      type: 'integer',
      min: 1,
      max: 100,
      description:
        'that many windows back to back, the last at the cut, each tuned on what lies before it (1)',
    },
    'shuffle-labels': {
      type: 'boolean',
      description:
        'deal the products out anew over all purchases: a control run, in which nothing may beat popularity',
    },
    seed: { type: 'integer', description: 'of the initial factors, the bootstrap and the shuffling (0)' },
    json: { type: 'boolean', description: 'one JSON object instead of a table' },
    html: { type: 'string', description: 'also write a report with plots to this file' },
  },
} as const satisfies CommandSpec<Readonly<Record<string, OptionSpec>>>;

export interface EvaluationArguments extends EvaluationRequest {
  readonly json: boolean;
  readonly html: string | null;
}

export function evaluationArguments(argv: readonly string[]): EvaluationArguments {
  const { values } = parseCommand(EVALUATE_SPEC, argv);
  const { orders, cut, days = 14, k = '10', origins = 1, seed = 0, json = false, html = null } = values;
  if (days <= 0) throw invalidArguments(`--days must be a number above 0, got "${days}"`, EVALUATE_SPEC);
  return {
    orders,
    cut: dayOf(cut),
    days,
    listLengths: listLengthsOf(k),
    origins,
    shuffleLabels: values['shuffle-labels'] ?? false,
    seed,
    json,
    html,
  };
}

function dayOf(text: string): number {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text) {
    throw invalidArguments(
      `--cut must be a day such as 2011-11-26, got ${JSON.stringify(text)}`,
      EVALUATE_SPEC,
    );
  }
  return time;
}

const LONGEST_LIST = 1000;

function listLengthsOf(text: string): number[] {
  const lengths = text.split(',').map((part) => (/^\s*\d+\s*$/.test(part) ? Number(part) : 0));
  if (lengths.some((length) => length < 1 || length > LONGEST_LIST)) {
    throw invalidArguments(
      `--k must be whole numbers from 1 to ${LONGEST_LIST}, parted by commas, got ${JSON.stringify(text)}`,
      EVALUATE_SPEC,
    );
  }
  return [...new Set(lengths)];
}
