import {
  type ChangeEvent,
  microsOfMillis,
  type Row,
  timestampMicros,
  UNAVAILABLE_VALUE,
} from '../domain/index.ts';
import { type Batch, type Field, typeName, type Value, valueFits } from '../lake/index.ts';
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
  const builder = new RawBatchBuilder(table);
  const rejected: { index: number; reason: string }[] = [];
  for (const [index, { change, position }] of changes.entries()) {
    const reason = builder.add(change, position);
    if (reason !== null) rejected.push({ index, reason });
  }
  return { batch: builder.batch(), rejected, unknownColumns: builder.unknownColumns };
}

/** Makes a row of each change at once, so that none has to be kept. */
export class RawBatchBuilder {
  readonly #table: ShopTable;
  readonly #codecs: readonly Codec[];
  readonly #names: ReadonlySet<string>;
  readonly #primaryKey: string;
  /** By column of the shop's table. */
  readonly #values: readonly Value[][];
  /** The row under way: it may turn out not to fit. */
  readonly #decoded: Value[];
  readonly #ops: string[] = [];
  readonly #times = new LongColumn();
  readonly #commitLsns = new LongColumn();
  readonly #lsns = new LongColumn();
  readonly #txIndexes: (number | null)[] = [];
  readonly #topics: string[] = [];
  readonly #partitions: number[] = [];
  readonly #offsets = new LongColumn();
  readonly #unknown = new Set<string>();

  constructor(table: ShopTable) {
    const { columns, primaryKey } = SHOP_COLUMNS[table];
    this.#table = table;
    this.#codecs = columns.map(codecOf);
    this.#names = new Set(columns.map((column) => column.name));
    this.#primaryKey = primaryKey;
    this.#values = columns.map(() => []);
    this.#decoded = columns.map(() => null);
  }

  get rowCount(): number {
    return this.#ops.length;
  }

  /** Columns of the shop that the table does not have. */
  get unknownColumns(): readonly string[] {
    return [...this.#unknown];
  }

  /** Adds the row of a change; returns the reason where it does not fit, and adds nothing. */
  add(change: ChangeEvent, position: ChangePosition): string | null {
    for (const name in change.after ?? change.before) if (!this.#names.has(name)) this.#unknown.add(name);
    const reason = this.#decode(change) ?? this.#misplaced(change);
    if (reason !== null) return reason;
    for (let at = 0; at < this.#values.length; at += 1) this.#values[at]!.push(this.#decoded[at]!);
    this.#ops.push(change.op);
    this.#times.push(microsOfMillis(change.commitAt));
    this.#commitLsns.push(change.commitLsn);
    this.#lsns.push(change.lsn);
    this.#txIndexes.push(change.txIndex);
    this.#topics.push(position.topic);
    this.#partitions.push(position.partition);
    this.#offsets.push(BigInt(position.offset));
    return null;
  }

  /** The rows so far. */
  batch(): Batch {
    const shopColumns = this.#codecs.map(({ name }, at) => [name, this.#values[at]!] as const);
    return {
      rowCount: this.rowCount,
      columns: {
        ...Object.fromEntries(shopColumns),
        _op: this.#ops,
        _ts: this.#times.values(),
        _commit_lsn: this.#commitLsns.values(),
        _lsn: this.#lsns.values(),
        _tx_index: this.#txIndexes,
        _topic: this.#topics,
        _partition: this.#partitions,
        _offset: this.#offsets.values(),
      },
    };
  }

  #decode(change: ChangeEvent): string | null {
    if (change.op === 't') {
      this.#decoded.fill(null);
      return null;
    }
    const row = change.op === 'd' ? change.before : change.after;
    if (row === null) return `operation ${change.op} has no row ${change.op === 'd' ? 'before' : 'after'} it`;
    for (let at = 0; at < this.#codecs.length; at += 1) {
      const { name, type, decode } = this.#codecs[at]!;
      const value = presentValue(change, row, name);
      const decoded = value === null ? null : decode(value);
      if (decoded === undefined)
        return `column ${name} must be ${type}, got ${JSON.stringify(value) ?? 'nothing'}`;
      if (decoded === null && name === this.#primaryKey) return `key column ${name} is null`;
      this.#decoded[at] = decoded;
    }
    return null;
  }

  #misplaced({ lsn, commitLsn, table }: ChangeEvent): string | null {
    if (lsn > INT64_MAX || commitLsn > INT64_MAX) return `lsn ${lsn} exceeds 64 bits`;
    return table === this.#table ? null : `the change is of table ${table}, not ${this.#table}`;
  }
}

/** Longs as eight bytes each, where a list would keep an object for every value. */
class LongColumn {
  #values = new BigInt64Array(1024);
  #count = 0;

  push(value: bigint): void {
    if (this.#count === this.#values.length) {
      const grown = new BigInt64Array(2 * this.#count);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[this.#count++] = value;
  }

  values(): BigInt64Array {
    return this.#values.subarray(0, this.#count);
  }
}

interface Codec {
  readonly name: string;
  readonly type: string;
  /** Undefined where the JSON value does not fit the column. */
  readonly decode: (value: unknown) => Value | undefined;
}

/** An unchanged large value stands in the row before, where the table captures that one whole. */
function presentValue(change: ChangeEvent, row: Row, name: string): unknown {
  const value = row[name];
  if (value !== UNAVAILABLE_VALUE) return value;
  const before = change.before?.[name];
  return before === UNAVAILABLE_VALUE ? undefined : before;
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
