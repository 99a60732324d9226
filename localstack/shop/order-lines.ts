/**
 * Order lines as CSV in the layout of UCI "Online Retail" (https://archive.ics.uci.edu/dataset/352/online+retail), plain or
 * gzipped. Quoting as RFC 4180: a field may be quoted, `""` is a quote inside it, and it may span lines.
 * A row that cannot be read is handed over with its line number and the reason; none is dropped.
 */
import { type EpochMillis, epochMillis } from '../../shared/domain/index.ts';
import { PlatformError } from '../../shared/errors.ts';
import { type CsvRecord, csvRecords } from './csv-records.ts';
import { textOf } from './text-file.ts';

export interface OrderLine {
  /** Line of the file on which the row starts; the header is line 1. */
  readonly lineNumber: number;
  /** `C…` is a cancellation in the UCI file. */
  readonly invoice: string;
  readonly stockCode: string;
  readonly description: string;
  /** Pieces, or a weight where the shop sells by weight; negative where goods came back. */
  readonly quantity: number;
  /** A time without a zone is read as UTC. */
  readonly at: EpochMillis;
  /** Decimal text as it stands in the file, e.g. `"2.55"`. */
  readonly unitPrice: string;
  /** null: sold to nobody known. */
  readonly customerId: string | null;
  readonly country: string | null;
  readonly category: string | null;
}

export type OrderLineEntry =
  | { readonly kind: 'line'; readonly line: OrderLine }
  | { readonly kind: 'bad'; readonly lineNumber: number; readonly reason: string };

/**
 * Streams every row of the file, in file order.
 * @throws PlatformError `order_file_unreadable`, `order_file_header`
 */
export async function* readOrderLines(path: string): AsyncIterable<OrderLineEntry> {
  let columns: Columns | null = null;
  for await (const record of csvRecords(textOf(path))) {
    if (columns === null) columns = columnsOf(record, path);
    else if (!isBlank(record)) yield entryOf(record, columns);
  }
  if (columns === null) throw headerError(path, 'the file is empty');
}

const REQUIRED = ['invoice', 'stock_code', 'quantity', 'invoice_ts', 'unit_price', 'customer_id'] as const;
const OPTIONAL = ['description', 'country', 'category'] as const;
type Column = (typeof REQUIRED)[number] | (typeof OPTIONAL)[number];

/** The headings of the file as UCI publishes it, beside ours. */
const OTHER_HEADINGS: Readonly<Record<string, Column>> = {
  invoiceno: 'invoice',
  invoicedate: 'invoice_ts',
  price: 'unit_price',
};

interface Columns {
  readonly position: ReadonlyMap<Column, number>;
  readonly width: number;
}

function columnsOf(header: CsvRecord, path: string): Columns {
  if (header.fields === null) throw headerError(path, header.reason);
  const byHeading = new Map<string, Column>([...REQUIRED, ...OPTIONAL].map((name) => [plain(name), name]));
  const position = new Map<Column, number>();
  header.fields.forEach((heading, index) => {
    const column = byHeading.get(plain(heading)) ?? OTHER_HEADINGS[plain(heading)];
    if (column === undefined) return;
    if (position.has(column)) throw headerError(path, `two columns are named ${column}`);
    position.set(column, index);
  });
  const missing = REQUIRED.filter((name) => !position.has(name));
  if (missing.length > 0) throw headerError(path, `it has no column ${missing.join(', ')}`);
  return { position, width: header.fields.length };
}

function headerError(path: string, what: string): PlatformError {
  return new PlatformError(
    'order_file_header',
    `${path} is no file of order lines: ${what}; its first line must name the columns ${REQUIRED.join(',')} (optional: ${OPTIONAL.join(',')})`,
  );
}

/** Heading without case, spaces and underscores: `Customer ID`, `CustomerID` and `customer_id` are one. */
function plain(heading: string): string {
  return heading.toLowerCase().replace(/[^a-z]/g, '');
}

function isBlank(record: CsvRecord): boolean {
  return record.fields !== null && record.fields.length === 1 && record.fields[0]?.trim() === '';
}

function entryOf(record: CsvRecord, columns: Columns): OrderLineEntry {
  const { lineNumber, fields } = record;
  const bad = (reason: string): OrderLineEntry => ({ kind: 'bad', lineNumber, reason });
  if (fields === null) return bad(record.reason);
  if (fields.length !== columns.width)
    return bad(`${fields.length} fields where the header has ${columns.width}`);
  const field = (column: Column): string => fields[columns.position.get(column) ?? -1]?.trim() ?? '';

  const invoice = field('invoice');
  const stockCode = field('stock_code');
  const quantity = decimal(field('quantity'));
  const at = timeOf(field('invoice_ts'));
  const unitPrice = field('unit_price');
  if (invoice === '') return bad('invoice is empty');
  if (stockCode === '') return bad('stock_code is empty');
  if (quantity === null) return bad(`quantity is no number: ${JSON.stringify(field('quantity'))}`);
  if (at === null)
    return bad(`invoice_ts is no time such as 2010-12-01T08:26:00: ${JSON.stringify(field('invoice_ts'))}`);
  if (decimal(unitPrice) === null) return bad(`unit_price is no number: ${JSON.stringify(unitPrice)}`);
  return {
    kind: 'line',
    line: {
      lineNumber,
      invoice,
      stockCode,
      description: field('description'),
      quantity,
      at,
      unitPrice,
      customerId: customerOf(field('customer_id')),
      country: field('country') || null,
      category: field('category') || null,
    },
  };
}

/** Spreadsheets and data frames write a nullable integer as `17850.0`. */
function customerOf(text: string): string | null {
  const customer = text.replace(/^(\d+)\.0+$/, '$1');
  return customer === '' ? null : customer;
}

/** Data frames write small numbers as `9.5e-05`. */
function decimal(text: string): number | null {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

const ISO_TIME =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(\.\d+)?)?)?(Z|[+-]\d{2}:?\d{2})?$/;
/** As UCI's own spreadsheet has it: month first, `12/1/2010 8:26`. */
const US_TIME = /^(\d{1,2})\/(\d{1,2})\/(\d{4})(?: (\d{1,2}):(\d{2})(?::(\d{2}))?)?$/;

function timeOf(text: string): EpochMillis | null {
  const iso = ISO_TIME.exec(text);
  if (iso) {
    const [, year, month, day, hour, minute, second, fraction, zone] = iso;
    const local = utc([year, month, day, hour, minute, second]);
    if (local === null) return null;
    return epochMillis(local + Math.floor(Number(fraction ?? 0) * 1000) - zoneMs(zone));
  }
  const us = US_TIME.exec(text);
  if (!us) return null;
  const [, month, day, year, hour, minute, second] = us;
  const local = utc([year, month, day, hour, minute, second]);
  return local === null ? null : epochMillis(local);
}

/** null for a date that the calendar does not have, such as 30 February. */
function utc(parts: readonly (string | undefined)[]): number | null {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.map((part) =>
    Number(part ?? 0),
  );
  const time = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  const exact =
    time.getUTCMonth() === month - 1 &&
    time.getUTCDate() === day &&
    time.getUTCHours() === hour &&
    minute < 60 &&
    second < 60;
  return exact ? time.getTime() : null;
}

function zoneMs(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z') return 0;
  const sign = zone.startsWith('-') ? -1 : 1;
  return sign * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2))) * 60_000;
}
