import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openQueryFixture, type QueryFixture } from '../adapters/duckdb-query-fixture.ts';
import { type Operation, rowVersion } from '../domain/index.ts';
import { currentTable, rawTable } from '../tables/index.ts';
import { currentRows } from './current-queries.ts';

interface Change {
  readonly op: Operation;
  readonly lsn: number;
  /** null for a truncate, which names no row. */
  readonly id: number | null;
}

describe('current rows of a shop table', () => {
  let fixture: QueryFixture;
  beforeAll(async () => {
    fixture = await openQueryFixture();
  });
  afterAll(() => fixture.dispose());

  /** Rows of current/products as `id: name`, from the changes in this order, in two files. */
  const current = async (changes: readonly Change[]): Promise<Record<string, string>> => {
    const rows = changes.map((change, offset) => rawProduct(change, offset));
    const half = Math.floor(rows.length / 2);
    const raw = await fixture.store(rawTable('products').schema, rows.slice(0, half), rows.slice(half));
    const found = await fixture.rows(currentRows(currentTable('products'), { engine: fixture.engine, raw }));
    return Object.fromEntries(found.map((row) => [row.product_id, row.name])) as Record<string, string>;
  };

  it.each<readonly [what: string, changes: readonly Change[], expected: Record<string, string>]>([
    ['no change at all', [], {}],
    ['insert, update', [change('c', 1, 7), change('u', 2, 7)], { 7: 'u@2' }],
    [
      'changes that arrive out of order',
      [change('u', 9, 7), change('u', 3, 7), change('c', 1, 7)],
      { 7: 'u@9' },
    ],
    ['insert, delete', [change('c', 1, 7), change('d', 2, 7)], {}],
    ['insert, delete, insert again', [change('c', 1, 7), change('d', 2, 7), change('c', 3, 7)], { 7: 'c@3' }],
    ['a delete that arrives before its insert', [change('d', 2, 7), change('c', 1, 7)], {}],
    [
      'a change of key: delete of the old, insert of the new',
      [change('c', 1, 7), change('d', 2, 7), change('c', 2, 8)],
      { 8: 'c@2' },
    ],
    [
      'a snapshot read after a streamed change at its position',
      [change('u', 5, 7), change('r', 5, 7)],
      { 7: 'u@5' },
    ],
    ['a snapshot read of a row deleted at its position', [change('d', 5, 7), change('r', 5, 7)], {}],
    [
      'a second snapshot, then changes streamed again',
      [change('r', 1, 7), change('u', 3, 7), change('r', 6, 7), change('u', 3, 7)],
      { 7: 'r@6' },
    ],
    [
      'a truncate',
      [change('c', 1, 7), change('r', 3, 8), change('t', 3, null), change('c', 4, 9)],
      { 9: 'c@4' },
    ],
    [
      'a truncate that arrives early, and another before it',
      [change('t', 5, null), change('t', 2, null), change('c', 4, 7)],
      {},
    ],
    [
      'every change twice',
      [change('c', 1, 7), change('u', 2, 7), change('c', 1, 7), change('u', 2, 7)],
      { 7: 'u@2' },
    ],
  ])('after %s', async (_, changes, expected) => {
    expect(await current(changes)).toEqual(expected);
  });

  it('are those of applying the changes one by one in the order of their versions', async () => {
    const streamed = fc.record({
      op: fc.constantFrom('c', 'u', 'd', 't'),
      id: fc.integer({ min: 1, max: 4 }),
    });
    const snapshots = fc.record({ lsn: fc.nat(12), id: fc.integer({ min: 1, max: 4 }) });
    const histories = fc
      .tuple(fc.array(streamed, { maxLength: 12 }), fc.array(snapshots, { maxLength: 6 }))
      .map(([stream, reads]) => [
        ...stream.map(({ op, id }, lsn) => change(op as Operation, lsn, op === 't' ? null : id)),
        ...reads.map(({ lsn, id }) => change('r', lsn, id)),
      ]);
    const arrivals = histories.chain((history) =>
      fc.tuple(
        fc.constant(history),
        fc.shuffledSubarray([...history, ...history], { minLength: history.length }),
      ),
    );
    await fc.assert(
      fc.asyncProperty(arrivals, async ([, arrived]) => {
        expect(await current(arrived)).toEqual(applyInOrder(arrived));
      }),
      { numRuns: 40 },
    );
  });

  it.each(['users', 'orders', 'order_items'] as const)('are those of %s too', async (table) => {
    const key = currentTable(table).primaryKey[0]!;
    const raw = await fixture.store(rawTable(table).schema, [
      { [key]: 1, _op: 'c', _lsn: 1n, _offset: 0n },
      { [key]: 2, _op: 'c', _lsn: 2n, _offset: 1n },
      { [key]: 1, _op: 'd', _lsn: 3n, _offset: 2n },
    ]);
    const rows = await fixture.rows(currentRows(currentTable(table), { engine: fixture.engine, raw }));
    expect(rows.map((row) => row[key])).toEqual([2]);
    expect(Object.keys(rows[0]!)).toEqual(currentTable(table).schema.fields.map(({ name }) => name));
  });
});

/** One change has one row image, so the name is a function of the change. */
function rawProduct({ op, lsn, id }: Change, offset: number) {
  return { product_id: id, name: `${op}@${lsn}`, _op: op, _lsn: BigInt(lsn), _offset: BigInt(offset) };
}

function change(op: Operation, lsn: number, id: number | null): Change {
  return { op, lsn, id };
}

function applyInOrder(changes: readonly Change[]): Record<string, string> {
  const byVersion = [...changes].sort((a, b) => Number(version(a) - version(b)));
  const rows = new Map<number, string>();
  for (const { op, lsn, id } of byVersion) {
    if (id === null) rows.clear();
    else if (op === 'd') rows.delete(id);
    else rows.set(id, `${op}@${lsn}`);
  }
  return Object.fromEntries(rows);
}

function version({ lsn, op }: Change): bigint {
  return rowVersion({ lsn: BigInt(lsn), op });
}
