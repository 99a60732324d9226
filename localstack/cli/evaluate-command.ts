import { access, constants, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DAY_MS } from '../../shared/domain/index.ts';
import { messageOf, PlatformError } from '../../shared/errors.ts';
import { evaluateOrigins, shuffledProducts } from '../../shared/evaluation/index.ts';
import { type EvaluationRun, evaluationHtml, evaluationJson, evaluationTable } from '../evaluation/index.ts';
import { readInteractions } from '../shop/atomic-inter.ts';
import { readOrderLines } from '../shop/order-lines.ts';
import { interactionHistory, type PurchaseHistory, purchaseHistory } from '../shop/purchase-history.ts';
import { invalidArguments } from './arguments.ts';
import { EVALUATE_SPEC, evaluationArguments } from './evaluate-arguments.ts';

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
  if (html !== null) await checkFolder(html);
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
    throw invalidArguments('the file holds no purchase of a product by a known customer', EVALUATE_SPEC);
  const known = new Set(purchases.filter(({ at }) => at < cut).map(({ customer }) => customer));
  const end = cut + days * DAY_MS;
  if (purchases.some(({ at, customer }) => at >= cut && at < end && known.has(customer))) return;
  const day = (time: number): string => new Date(time).toISOString().slice(0, 10);
  throw invalidArguments(
    `nobody who bought before ${day(cut)} buys in the ${days} days after it; the file's purchases run from ${day(span.from)} to ${day(span.to)}: choose a cut inside`,
    EVALUATE_SPEC,
  );
}

/** Asked first: a measurement takes minutes. */
async function checkFolder(path: string): Promise<void> {
  await access(dirname(path), constants.W_OK).catch((error: unknown) => {
    throw notWritten(path, error);
  });
}

async function writeReport(path: string, html: string): Promise<void> {
  await writeFile(path, html).catch((error: unknown) => {
    throw notWritten(path, error);
  });
}

function notWritten(path: string, cause: unknown): PlatformError {
  return new PlatformError(
    'report_not_written',
    `cannot write the report to ${path}: ${messageOf(cause)}; give a file in a folder that exists`,
    { cause },
  );
}
