import {
  type ChangeEvent,
  microsOfMillis,
  type Row,
  timestampMicros,
  UNAVAILABLE_VALUE,
} from '../domain/index.ts';
import { type Batch, type Field, typeName, type Value, valueFits } from '../lake/index.ts';
import { CHANGE_COLUMNS } from './catalogue.ts';
import { SHOP_COLUMNS, type ShopTable } from './shop-tables.ts';

/** Where the record of a change lies in the event log. */
export interface ChangePosition {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

export interface PositionedChange {
  readonly change: ChangeEvent;
  readonly position: ChangePosition;
}

export interface RawBatch {
  /** The rows that fit, in the order given. */
  readonly batch: Batch;
  /** The others; `index` into the changes given. */
  readonly rejected: readonly { readonly index: number; readonly reason: string }[];
  /** Columns of the shop that the table does not have, so that their values are not in the rows. */
  readonly unknownColumns: readonly string[];
}

const INT64_MAX = 2n ** 63n - 1n;

/**
 * Rows of `raw/<table>` from changes of that table. A change whose row does not fit (a column missing, a value of another type,
 * out of range, no key) is rejected with the reason and not coerced. A column that the shop added is named, and left out.
 */
export function rawBatch(table: ShopTable, changes: readonly PositionedChange[]): RawBatch {
  const { columns: shopColumns, primaryKey } = SHOP_COLUMNS[table];
  const codecs = shopColumns.map(codecOf);
  const names = new Set(shopColumns.map((column) => column.name));
  const data: Value[][] = [...shopColumns, ...CHANGE_COLUMNS].map(() => []);
  const rejected: { index: number; reason: string }[] = [];
  const unknown = new Set<string>();
  const decoded: Value[] = new Array<Value>(data.length).fill(null);

  for (const [index, { change, position }] of changes.entries()) {
    for (const name in change.after ?? change.before) if (!names.has(name)) unknown.add(name);
    const reason =
      decodeRow(change, codecs, primaryKey, decoded) ??
      decodeChange(change, position, decoded, shopColumns.length) ??
      (change.table === table ? null : `the change is of table ${change.table}, not ${table}`);
    if (reason === null) for (const [column, value] of decoded.entries()) data[column]!.push(value);
    else rejected.push({ index, reason });
  }
  const rowCount = changes.length - rejected.length;
  const columns = [...shopColumns, ...CHANGE_COLUMNS].map((column, at) => [column.name, data[at]!] as const);
  return {
    batch: { rowCount, columns: Object.fromEntries(columns) },
    rejected,
    unknownColumns: [...unknown],
  };
}

interface Codec {
  readonly name: string;
  readonly type: string;
  /** Undefined where the JSON value does not fit the column. */
  readonly decode: (value: unknown) => Value | undefined;
}

/** Fills the shop's columns of `into`; returns the reason where the row does not fit. */
function decodeRow(
  change: ChangeEvent,
  codecs: readonly Codec[],
  primaryKey: string,
  into: Value[],
): string | null {
  if (change.op === 't') {
    into.fill(null, 0, codecs.length);
    return null;
  }
  const row = change.op === 'd' ? change.before : change.after;
  if (row === null) return `operation ${change.op} has no row ${change.op === 'd' ? 'before' : 'after'} it`;
  for (const [at, { name, type, decode }] of codecs.entries()) {
    const value = presentValue(change, row, name);
    const decoded = value === null ? null : decode(value);
    if (decoded === undefined)
      return `column ${name} must be ${type}, got ${JSON.stringify(value) ?? 'nothing'}`;
    if (decoded === null && name === primaryKey) return `key column ${name} is null`;
    into[at] = decoded;
  }
  return null;
}

/** An unchanged large value stands in the row before, where the table captures that one whole. */
function presentValue(change: ChangeEvent, row: Row, name: string): unknown {
  const value = row[name];
  if (value !== UNAVAILABLE_VALUE) return value;
  const before = change.before?.[name];
  return before === UNAVAILABLE_VALUE ? undefined : before;
}

function decodeChange(
  change: ChangeEvent,
  position: ChangePosition,
  into: Value[],
  start: number,
): string | null {
  if (change.lsn > INT64_MAX || change.commitLsn > INT64_MAX) return `lsn ${change.lsn} exceeds 64 bits`;
  into[start] = change.op;
  into[start + 1] = microsOfMillis(change.commitAt);
  into[start + 2] = change.commitLsn;
  into[start + 3] = change.lsn;
  into[start + 4] = change.txIndex;
  into[start + 5] = position.topic;
  into[start + 6] = position.partition;
  into[start + 7] = BigInt(position.offset);
  return null;
}

function codecOf({ name, type }: Field): Codec {
  const fits = valueFits(type);
  const convert = (value: unknown): unknown =>
    type === 'timestamp' && typeof value === 'string' ? timestampMicros(value) : value;
  return {
    name,
    type: typeName(type),
    decode: (value) => {
      const converted = convert(value);
      return isScalar(converted) && fits(converted) ? converted : undefined;
    },
  };
}

function isScalar(value: unknown): value is string | number | bigint | boolean {
  return (
    typeof value === 'string' ||
    typeof value === 'number' ||
    typeof value === 'bigint' ||
    typeof value === 'boolean'
  );
}
