import { parseArgs } from 'node:util';
import { messageOf, PlatformError } from '../../shared/errors.ts';
import { evaluateRecommender } from '../../shared/evaluation/index.ts';
import { DAY_MS } from '../../shared/ranking/index.ts';
import { readOrderLines } from '../shop/order-lines.ts';
import { type PurchaseHistory, purchaseHistory } from '../shop/purchase-history.ts';
import { evaluationJson, evaluationTable } from './evaluation-report.ts';

const USAGE = 'npm run evaluate -- --orders FILE.csv[.gz] --cut YYYY-MM-DD --days N [--seed N] [--json]';

export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/**
 * Measures the recommender on a shop's order history; needs no server. Progress and errors go to `err`.
 * @returns exit code: 0 measured, 2 the arguments or the file cannot be used
 */
export async function evaluateCommand(argv: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const { orders, cut, days, seed, json } = evaluationArguments(argv);
    const progress = (message: string): void => terminal.err(`${message}\n`);
    progress(`reading ${orders}`);
    const history = await purchaseHistory(readOrderLines(orders));
    reportBadRows(history, progress);
    checkWindow(history, cut, days);
    const report = await evaluateRecommender(history.purchases, { cut, days, seed, onProgress: progress });
    const run = { orders, cut, days, seed, history, report };
    terminal.out(json ? `${JSON.stringify(evaluationJson(run), null, 2)}\n` : evaluationTable(run));
    return 0;
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
    terminal.err(`evaluate: ${error.message}\n`);
    return 2;
  }
}

export interface EvaluationArguments {
  readonly orders: string;
  /** 00:00 UTC of the day, milliseconds since 1970. */
  readonly cut: number;
  readonly days: number;
  readonly seed: number;
  readonly json: boolean;
}

export function evaluationArguments(argv: readonly string[]): EvaluationArguments {
  let values: { orders?: string; cut?: string; days?: string; seed?: string; json?: boolean };
  try {
    ({ values } = parseArgs({
      args: [...argv],
      options: {
        orders: { type: 'string' },
        cut: { type: 'string' },
        days: { type: 'string', default: '14' },
        seed: { type: 'string', default: '0' },
        json: { type: 'boolean', default: false },
      },
    }));
  } catch (error) {
    throw invalid(messageOf(error));
  }
  const { orders, cut, days, seed, json = false } = values;
  if (orders === undefined) throw invalid('--orders is missing: the CSV file of order lines to measure on');
  if (cut === undefined)
    throw invalid('--cut is missing: the day that parts what is known from what is to be found');
  return {
    orders,
    cut: dayOf(cut),
    days: numberOf('--days', days, (value) => value > 0, 'a number above 0'),
    seed: numberOf('--seed', seed, Number.isSafeInteger, 'a whole number'),
    json,
  };
}

function dayOf(text: string): number {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text) {
    throw invalid(`--cut must be a day such as 2011-11-26, got ${JSON.stringify(text)}`);
  }
  return time;
}

function numberOf(
  name: string,
  text: string | undefined,
  valid: (value: number) => boolean,
  allowed: string,
): number {
  const value = Number(text);
  if (text === undefined || text.trim() === '' || !Number.isFinite(value) || !valid(value)) {
    throw invalid(`${name} must be ${allowed}, got ${JSON.stringify(text)}`);
  }
  return value;
}

function invalid(what: string): PlatformError {
  return new PlatformError('evaluate_arguments', `${what}; usage: ${USAGE}`);
}

const BAD_ROWS_SHOWN = 5;

function reportBadRows({ lines, bad }: PurchaseHistory, progress: (message: string) => void): void {
  progress(`${lines} rows read, ${bad.length} of them bad`);
  for (const { lineNumber, reason } of bad.slice(0, BAD_ROWS_SHOWN))
    progress(`  line ${lineNumber}: ${reason}`);
  if (bad.length > BAD_ROWS_SHOWN) progress(`  and ${bad.length - BAD_ROWS_SHOWN} more`);
}

function checkWindow({ purchases, span }: PurchaseHistory, cut: number, days: number): void {
  if (span === null) throw invalid('the file holds no purchase of a product by a known customer');
  const known = new Set(purchases.filter(({ at }) => at < cut).map(({ customer }) => customer));
  const end = cut + days * DAY_MS;
  if (purchases.some(({ at, customer }) => at >= cut && at < end && known.has(customer))) return;
  const day = (time: number): string => new Date(time).toISOString().slice(0, 10);
  throw invalid(
    `nobody who bought before ${day(cut)} buys in the ${days} days after it; the file's purchases run from ${day(span.from)} to ${day(span.to)}: choose a cut inside`,
  );
}
