import { type Batch, field, type Schema, schemaOf } from '../../shared/lake/index.ts';

/** Rows as a shop's order stream has them: keys, a decimal, a word of few, a time, and a text that repeats nowhere. */
export const BENCH_ORDERS: Schema = schemaOf(
  field('order_id', 'long'),
  field('user_id', 'integer'),
  field('amount', 'decimal(10,2)'),
  field('status', 'string'),
  field('placed_at', 'timestamp'),
  field('note', 'string'),
);

/** What both sides must agree on after every benchmark: exact sums over all columns. */
export interface OrdersSummary {
  readonly rows: number;
  readonly orderIds: string;
  readonly userIds: string;
  readonly amount: string;
  /** Sum of microseconds, cut to 64 bits as Arrow's is. */
  readonly placedAt: string;
  readonly paid: number;
  readonly notes: number;
  /** Code points of all notes. */
  readonly noteLetters: number;
}

const STATUSES = ['pending', 'paid', 'shipped', 'completed', 'cancelled'] as const;
const USERS = 50_000;
const FIRST_ORDER_MICROS = 1_767_225_600_000_000n;
const MICROS_BETWEEN_ORDERS = 1_000_003n;

/** Orders with the given ids; `revision` tells the rows of an update from those they replace. */
export function ordersBatch(ids: readonly number[], revision = 0): Batch {
  return {
    rowCount: ids.length,
    columns: {
      order_id: BigInt64Array.from(ids, BigInt),
      user_id: Int32Array.from(ids, (id) => (id * 7919) % USERS),
      amount: ids.map((id) => (((id * 31 + revision * 17) % 100_000) / 100).toFixed(2)),
      status: ids.map((id) => STATUSES[(id + revision) % STATUSES.length] ?? null),
      placed_at: BigInt64Array.from(ids, (id) => FIRST_ORDER_MICROS + BigInt(id) * MICROS_BETWEEN_ORDERS),
      note: asParsed(ids.map((id) => noteOf(id, revision))),
    },
  };
}

/** The ids `from`, `from + 1`, … */
export function idsFrom(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => from + i);
}

export async function summarize(batches: AsyncIterable<Batch>): Promise<OrdersSummary> {
  let [rows, cents, paid, notes, noteLetters] = [0, 0n, 0, 0, 0];
  let [orderIds, userIds, placedAt] = [0n, 0n, 0n];
  for await (const batch of batches) {
    const column = <T>(name: string) => batch.columns[name] as ArrayLike<T>;
    const [ids, users, times] = [
      column<bigint>('order_id'),
      column<number>('user_id'),
      column<bigint>('placed_at'),
    ];
    const [amounts, words, texts] = [
      column<string>('amount'),
      column<string>('status'),
      column<string | null>('note'),
    ];
    rows += batch.rowCount;
    for (let row = 0; row < batch.rowCount; row += 1) {
      orderIds += ids[row] ?? 0n;
      userIds += BigInt(users[row] ?? 0);
      cents += BigInt((amounts[row] ?? '').replace('.', ''));
      placedAt += times[row] ?? 0n;
      if (words[row] === 'paid') paid += 1;
      const note = texts[row] ?? null;
      if (note === null) continue;
      notes += 1;
      noteLetters += note.length;
    }
  }
  const digits = cents.toString().padStart(3, '0');
  const amount = `${digits.slice(0, -2)}.${digits.slice(-2)}`;
  return {
    rows,
    orderIds: `${orderIds}`,
    userIds: `${userIds}`,
    amount,
    placedAt: `${BigInt.asIntN(64, placedAt)}`,
    paid,
    notes,
    noteLetters,
  };
}

/** Texts as a parser leaves them: one made of parts is put together only when it is first read, which is not to be measured. */
function asParsed(texts: readonly (string | null)[]): (string | null)[] {
  return JSON.parse(JSON.stringify(texts)) as (string | null)[];
}

/** Two orders in three have one; ASCII, so that letters and UTF-16 units are the same number. */
function noteOf(id: number, revision: number): string | null {
  if (id % 3 === 0) return null;
  return `order ${id} revision ${revision}: leave it with neighbour ${(id * 13) % 9973}`;
}
