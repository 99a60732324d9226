import fc from 'fast-check';
import {
  type ChangeEvent,
  epochMillis,
  type Operation,
  type Row,
  rowVersion,
  UNAVAILABLE_VALUE,
} from '../domain/index.ts';
import { type BatchRow, rowsOfBatch } from '../lake/index.ts';
import { rawBatch } from '../tables/index.ts';

// Random histories of the shop's products and how their changes come into raw/products; and the latest rows, found one by one.

/** product_id -> name and category. */
export type Products = ReadonlyMap<number, string>;

export interface ProductHistory {
  /** For each refresh of current/products the commits to raw/products that came since the one before. */
  readonly refreshes: readonly (readonly (readonly BatchRow[])[])[];
  /** What the shop holds at the end. */
  readonly shop: Products;
}

const IDS = [1, 2, 3, 4, 5];

/** Changes per refresh vary; most come in order, some later than others or again, in the same partition or at a new offset. */
export const productHistories: fc.Arbitrary<ProductHistory> = fc
  .record({
    steps: fc.array(
      fc.record({
        what: fc.constantFrom<Step['what']>(
          ...(['write', 'write', 'write', 'write', 'delete', 'delete', 'rekey'] as const),
          ...(['keep-category', 'truncate', 'snapshot'] as const),
        ),
        id: fc.constantFrom(...IDS),
        other: fc.constantFrom(...IDS),
      }),
      { maxLength: 30 },
    ),
    refreshes: fc.integer({ min: 1, max: 3 }),
    seed: fc.infiniteStream(fc.nat(99)),
  })
  .map(({ steps, refreshes, seed }) => {
    const { changes, shop } = changesOf(steps);
    return { refreshes: deliver(changes, refreshes, () => seed.next().value), shop };
  });

/** Changes in the order of their versions, applied to nothing. `rows`: of raw/products, in any order. */
export function productsByHand(rows: readonly BatchRow[]): Products {
  const products = new Map<number, string>();
  for (const row of [...rows].sort((a, b) => Number(versionOf(a) - versionOf(b)))) {
    const id = row.product_id as number;
    if (row._op === 't') products.clear();
    else if (row._op === 'd') products.delete(id);
    else products.set(id, textOf(row));
  }
  return products;
}

export function textOf(row: Readonly<Record<string, unknown>>): string {
  return `${row.name} in ${row.category}`;
}

/** Epoch milliseconds of the commit at a position; two and two share one, as fast commits do. */
export function commitTime(lsn: number): number {
  return Date.UTC(2026, 10, 23) + Math.floor(lsn / 2) * 1_000;
}

interface Step {
  readonly what: 'write' | 'keep-category' | 'rekey' | 'delete' | 'truncate' | 'snapshot';
  readonly id: number;
  /** The new key of a `rekey`. */
  readonly other: number;
}

/** What Postgres does with each step, and what capture writes of it. */
function changesOf(steps: readonly Step[]): {
  readonly changes: readonly ChangeEvent[];
  readonly shop: Products;
} {
  const rows = new Map<number, Row>();
  const changes: ChangeEvent[] = [];
  for (const [lsn, { what, id, other }] of steps.entries()) {
    const before = rows.get(id) ?? null;
    const row = (key: number, category: unknown): Row => ({
      ...BLANK,
      product_id: key,
      name: `@${lsn}`,
      category,
    });
    const emit = (op: Operation, was: Row | null, is: Row | null, at = lsn): void => {
      changes.push(changeEvent(op, at, was, is));
    };
    if (what === 'write') {
      rows.set(id, row(id, `shelf ${lsn}`));
      emit(before === null ? 'c' : 'u', before, row(id, `shelf ${lsn}`));
    } else if (what === 'keep-category' && before !== null) {
      rows.set(id, row(id, before.category));
      emit('u', before, row(id, UNAVAILABLE_VALUE));
    } else if (what === 'rekey' && before !== null && !rows.has(other)) {
      rows.delete(id);
      rows.set(other, row(other, before.category));
      emit('d', before, null);
      emit('c', null, row(other, before.category));
    } else if (what === 'delete' && before !== null) {
      rows.delete(id);
      emit('d', before, null);
    } else if (what === 'truncate') {
      rows.clear();
      emit('t', null, null);
    } else if (what === 'snapshot') {
      // Its position is that of the next change, which it does not show.
      for (const read of rows.values()) emit('r', null, read, lsn + 1);
    }
  }
  return { changes, shop: new Map([...rows].map(([id, row]) => [id, textOf(row)])) };
}

/** Spreads the changes over refreshes and commits. `dice`: 0 to 99, any number of times. */
function deliver(
  changes: readonly ChangeEvent[],
  refreshes: number,
  dice: () => number,
): readonly (readonly (readonly BatchRow[])[])[] {
  const arriving: ChangeEvent[][] = Array.from({ length: refreshes }, () => []);
  for (const [index, change] of changes.entries()) {
    const due = Math.floor((index * refreshes) / changes.length);
    const late = dice() < 20 ? dice() % refreshes : 0;
    arriving[Math.min(due + late, refreshes - 1)]?.push(change);
    if (dice() < 10) arriving[Math.min(due + (dice() % refreshes), refreshes - 1)]?.push(change);
  }
  let offset = 0;
  return arriving.map((arrived) => {
    const commits: ChangeEvent[][] = [[], [], []];
    for (const change of arrived) commits[dice() % 3]?.push(change);
    return commits
      .filter((commit) => commit.length > 0)
      .map((commit) => {
        const positioned = commit.map((change) => {
          offset += 1;
          return { change, position: { topic: 'ecommerce.public.products', partition: offset % 3, offset } };
        });
        const { batch, rejected } = rawBatch('products', positioned);
        if (rejected.length > 0) throw new Error(`no raw rows: ${JSON.stringify(rejected)}`);
        return rowsOfBatch(batch);
      });
  });
}

const BLANK: Row = { price: '1.00', stock: 1, active: true };

function changeEvent(op: Operation, lsn: number, before: Row | null, after: Row | null): ChangeEvent {
  const commitAt = epochMillis(commitTime(lsn));
  return {
    ...{ table: 'products', op, before, after, commitAt },
    ...{ lsn: BigInt(lsn), commitLsn: BigInt(lsn), txIndex: 0 },
  };
}

function versionOf(row: BatchRow): bigint {
  return rowVersion({ lsn: row._lsn as bigint, op: row._op as Operation });
}
