import { DAY_MS } from '../../shared/domain/index.ts';
import { evaluateRecommender } from '../../shared/evaluation/index.ts';
import { readOrderLines } from '../shop/order-lines.ts';
import { type PurchaseHistory, purchaseHistory } from '../shop/purchase-history.ts';
import { type CommandSpec, invalidArguments, type OptionSpec, parseCommand } from './arguments.ts';
import { evaluationJson, evaluationTable } from './evaluation-report.ts';

const SPEC = {
  usage: 'npm run evaluate -- --orders FILE.csv[.gz] --cut YYYY-MM-DD [--days N] [--seed N] [--json]',
  options: {
    orders: { type: 'string', required: true, description: 'the CSV file of order lines to measure on' },
    cut: {
      type: 'string',
      required: true,
      description: 'the day that parts what is known from what is to be found, 00:00 UTC',
    },
    days: { type: 'number', description: 'length of the window to be found (14)' },
    seed: { type: 'integer', description: 'of the initial factors and the bootstrap (0)' },
    json: { type: 'boolean', description: 'one JSON object instead of a table' },
  },
} as const satisfies CommandSpec<Readonly<Record<string, OptionSpec>>>;

export interface Terminal {
  readonly out: (text: string) => void;
  /** Progress. */
  readonly err: (text: string) => void;
}

/**
 * Measures the recommender on a shop's order history; needs no server.
 * @throws PlatformError `invalid_arguments`, and what the reader of the file throws
 */
export async function evaluateCommand(argv: readonly string[], terminal: Terminal): Promise<void> {
  const { orders, cut, days, seed, json } = evaluationArguments(argv);
  const progress = (message: string): void => terminal.err(`${message}\n`);
  progress(`reading ${orders}`);
  const history = await purchaseHistory(readOrderLines(orders));
  reportBadRows(history, progress);
  checkWindow(history, cut, days);
  const report = await evaluateRecommender(history.purchases, { cut, days, seed, onProgress: progress });
  const run = { orders, cut, days, seed, history, report };
  terminal.out(json ? `${JSON.stringify(evaluationJson(run), null, 2)}\n` : evaluationTable(run));
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
  const { orders, cut, days = 14, seed = 0, json = false } = parseCommand(SPEC, argv).values;
  if (days <= 0) throw invalidArguments(`--days must be a number above 0, got "${days}"`, SPEC);
  return { orders, cut: dayOf(cut), days, seed, json };
}

function dayOf(text: string): number {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text) {
    throw invalidArguments(`--cut must be a day such as 2011-11-26, got ${JSON.stringify(text)}`, SPEC);
  }
  return time;
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
