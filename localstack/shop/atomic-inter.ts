/**
 * Interactions as RecBole's atomic files hold them (https://recbole.io/docs/user_guide/data/atomic_files.html), plain or gzipped:
 * fields parted by tabs, the first line names them with their types, as in `user_id:token	item_id:token	timestamp:float`.
 * Other fields are passed over. A line that cannot be read is handed over with its number and the reason; none is dropped.
 */
import { type EpochMillis, epochMillis } from '../../shared/domain/index.ts';
import { PlatformError } from '../../shared/errors.ts';
import { textOf } from './text-file.ts';

export interface Interaction {
  /** Line of the file; the header is line 1. */
  readonly lineNumber: number;
  readonly user: string;
  readonly item: string;
  readonly at: EpochMillis;
}

export type InteractionEntry =
  | { readonly kind: 'interaction'; readonly interaction: Interaction }
  | { readonly kind: 'bad'; readonly lineNumber: number; readonly reason: string };

/**
 * Streams every line of the file, in file order.
 * @throws PlatformError `order_file_unreadable`, `order_file_header`
 */
export async function* readInteractions(path: string): AsyncIterable<InteractionEntry> {
  let fields: Fields | null = null;
  let lineNumber = 0;
  for await (const line of linesOf(textOf(path))) {
    lineNumber += 1;
    if (fields === null) fields = fieldsOf(line, path);
    else if (line.trim() !== '') yield entryOf(line, lineNumber, fields);
  }
  if (fields === null) throw headerError(path, 'the file is empty');
}

const FIELDS = ['user_id:token', 'item_id:token', 'timestamp:float'] as const;

interface Fields {
  readonly user: number;
  readonly item: number;
  readonly timestamp: number;
  readonly width: number;
}

function fieldsOf(header: string, path: string): Fields {
  const names = header
    .replace(/^\uFEFF/, '')
    .split('\t')
    .map((name) => name.trim());
  const missing = FIELDS.filter((field) => !names.includes(field));
  if (missing.length > 0) throw headerError(path, `it has no field ${missing.join(', ')}`);
  const [user, item, timestamp] = FIELDS.map((field) => names.indexOf(field)) as [number, number, number];
  return { user, item, timestamp, width: names.length };
}

function headerError(path: string, what: string): PlatformError {
  return new PlatformError(
    'order_file_header',
    `${path} is no atomic file of interactions: ${what}; its first line must name ${FIELDS.join(', ')}, parted by tabs`,
  );
}

function entryOf(line: string, lineNumber: number, fields: Fields): InteractionEntry {
  const bad = (reason: string): InteractionEntry => ({ kind: 'bad', lineNumber, reason });
  const values = line.split('\t');
  if (values.length !== fields.width)
    return bad(`${values.length} fields where the header has ${fields.width}`);
  const [user, item, timestamp] = [fields.user, fields.item, fields.timestamp].map(
    (index) => values[index]?.trim() ?? '',
  ) as [string, string, string];
  if (user === '') return bad('user_id is empty');
  if (item === '') return bad('item_id is empty');
  const at = timeOf(timestamp);
  if (at === null) return bad(`timestamp is no number of seconds since 1970: ${JSON.stringify(timestamp)}`);
  return { kind: 'interaction', interaction: { lineNumber, user, item, at } };
}

/** As seconds this is the year 5138, as milliseconds 1973: from here on a timestamp is in milliseconds. */
const MILLISECONDS_FROM = 1e11;
/** The last instant that a `Date` can hold. */
const LAST_MS = 8.64e15;

function timeOf(text: string): EpochMillis | null {
  const value = /^\d+(\.\d*)?(e\+?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  const ms = Math.floor(value < MILLISECONDS_FROM ? value * 1000 : value);
  return ms >= 0 && ms <= LAST_MS ? epochMillis(ms) : null;
}

async function* linesOf(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line;
  }
  if (rest !== '') yield rest;
}
