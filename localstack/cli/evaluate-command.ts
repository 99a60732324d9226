import { writeFile } from 'node:fs/promises';
import { DAY_MS } from '../../shared/domain/index.ts';
import { messageOf, PlatformError } from '../../shared/errors.ts';
import { evaluateOrigins, shuffledProducts } from '../../shared/evaluation/index.ts';
import { readInteractions } from '../shop/atomic-inter.ts';
import { readOrderLines } from '../shop/order-lines.ts';
import { interactionHistory, type PurchaseHistory, purchaseHistory } from '../shop/purchase-history.ts';
import { type CommandSpec, invalidArguments, type OptionSpec, parseCommand } from './arguments.ts';
import { evaluationHtml } from './evaluation-html.ts';
import { type EvaluationRun, evaluationJson } from './evaluation-json.ts';
import { evaluationTable } from './evaluation-table.ts';

const SPEC = {
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

export interface Terminal {
  readonly out: (text: string) => void;
  /** Progress. */
  readonly err: (text: string) => void;
}

/**
 * Measures the recommender on a shop's order history; needs no server.
 * @throws PlatformError `invalid_arguments`, `report_not_written`, and what the reader of the file throws
 */
export async function evaluateCommand(argv: readonly string[], terminal: Terminal): Promise<void> {
  const request = evaluationArguments(argv);
  const { orders, cut, days, listLengths, origins, shuffleLabels, seed, json, html } = request;
  const progress = (message: string): void => terminal.err(`${message}\n`);
  progress(`reading ${orders}`);
  const history = await readHistory(orders);
  reportBadRows(history, progress);
  for (let earlier = origins - 1; earlier >= 0; earlier--)
    checkWindow(history, cut - earlier * days * DAY_MS, days);
  const purchases = shuffleLabels ? shuffledProducts(history.purchases, seed) : history.purchases;
  const { categories } = history;
  const report = await evaluateOrigins(purchases, origins, {
    cut,
    days,
    listLengths,
    categories,
    seed,
    onProgress: progress,
  });
  const run: EvaluationRun = { request, history, report };
  if (html !== null) {
    await writeReport(html, evaluationHtml(run));
    progress(`report written to ${html}`);
  }
  terminal.out(json ? `${JSON.stringify(evaluationJson(run), null, 2)}\n` : evaluationTable(run));
}

export interface EvaluationArguments {
  readonly orders: string;
  /** 00:00 UTC of the day, milliseconds since 1970. */
  readonly cut: number;
  readonly days: number;
  /** Distinct; the one that tables are of first. */
  readonly listLengths: readonly number[];
  readonly origins: number;
  readonly shuffleLabels: boolean;
  readonly seed: number;
  readonly json: boolean;
  readonly html: string | null;
}

export function evaluationArguments(argv: readonly string[]): EvaluationArguments {
  const { values } = parseCommand(SPEC, argv);
  const { orders, cut, days = 14, k = '10', origins = 1, seed = 0, json = false, html = null } = values;
  if (days <= 0) throw invalidArguments(`--days must be a number above 0, got "${days}"`, SPEC);
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
    throw invalidArguments(`--cut must be a day such as 2011-11-26, got ${JSON.stringify(text)}`, SPEC);
  }
  return time;
}

const LONGEST_LIST = 1000;

function listLengthsOf(text: string): number[] {
  const lengths = text.split(',').map((part) => (/^\s*\d+\s*$/.test(part) ? Number(part) : 0));
  if (lengths.some((length) => length < 1 || length > LONGEST_LIST)) {
    throw invalidArguments(
      `--k must be whole numbers from 1 to ${LONGEST_LIST}, parted by commas, got ${JSON.stringify(text)}`,
      SPEC,
    );
  }
  return [...new Set(lengths)];
}

/** RecBole tells its files by their names, and so do we. */
function readHistory(path: string): Promise<PurchaseHistory> {
  return /\.inter(\.gz)?$/.test(path)
    ? interactionHistory(readInteractions(path))
    : purchaseHistory(readOrderLines(path));
}

const BAD_ROWS_SHOWN = 5;

function reportBadRows({ lines, bad }: PurchaseHistory, progress: (message: string) => void): void {
  progress(`${lines} rows read, ${bad.length} of them bad`);
  for (const { lineNumber, reason } of bad.slice(0, BAD_ROWS_SHOWN))
    progress(`  line ${lineNumber}: ${reason}`);
  if (bad.length > BAD_ROWS_SHOWN) progress(`  and ${bad.length - BAD_ROWS_SHOWN} more`);
}

function checkWindow({ purchases, span }: PurchaseHistory, cut: number, days: number): void {
  if (span === null)
    throw invalidArguments('the file holds no purchase of a product by a known customer', SPEC);
  const known = new Set(purchases.filter(({ at }) => at < cut).map(({ customer }) => customer));
  const end = cut + days * DAY_MS;
  if (purchases.some(({ at, customer }) => at >= cut && at < end && known.has(customer))) return;
  const day = (time: number): string => new Date(time).toISOString().slice(0, 10);
  throw invalidArguments(
    `nobody who bought before ${day(cut)} buys in the ${days} days after it; the file's purchases run from ${day(span.from)} to ${day(span.to)}: choose a cut inside`,
    SPEC,
  );
}

async function writeReport(path: string, html: string): Promise<void> {
  try {
    await writeFile(path, html);
  } catch (error) {
    throw new PlatformError(
      'report_not_written',
      `cannot write the report to ${path}: ${messageOf(error)}; give a file in a folder that exists`,
      { cause: error },
    );
  }
}
