import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openQueryFixture, type QueryFixture } from '../../shared/adapters/duckdb-query-fixture.ts';
import { rowsOf } from '../../shared/features/query-engine.contract.ts';
import { batchOfRows, field, schemaOf } from '../../shared/lake/index.ts';
import { pinnedTable } from '../../shared/tables/index.ts';
import { runSql } from './run-sql.ts';

describe('files that are left out', () => {
  let local: QueryFixture;
  beforeEach(async () => {
    local = await openQueryFixture();
  });
  afterEach(() => local.dispose());

  const SCHEMA = schemaOf(
    field('part', 'string'),
    field('i', 'integer'),
    field('l', 'long'),
    field('d', 'decimal(6,2)'),
    field('f', 'double'),
    field('s', 'string'),
    field('day', 'date'),
    field('ts', 'timestamp'),
  );
  const MICROS = 1_795_435_200_000_000n;
  const orNull = <T>(values: fc.Arbitrary<T>) => fc.option(values, { freq: 4 });
  const few = fc.integer({ min: -3, max: 3 });
  const TEXTS = ['', 'a', 'b', 'größe', '\u{1F6D2}', '\uE000', 'x'.repeat(40), `${'x'.repeat(39)}y`];
  const rows = fc.array(
    fc.record({
      part: orNull(fc.constantFrom('p', 'q')),
      i: orNull(few),
      l: orNull(few.map((n) => (BigInt(n) * 4_611_686_018_427_387_903n) / 3n)),
      d: orNull(few.map((n) => `${n}.25`.replace(/^0/, '0'))),
      f: orNull(fc.oneof(few, fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -0, 0.1))),
      s: orNull(fc.constantFrom(...TEXTS)),
      day: orNull(few),
      ts: orNull(few.map((n) => MICROS + BigInt(n))),
    }),
    { minLength: 1, maxLength: 4 },
  );

  const text = fc.constantFrom(...TEXTS).map((value) => `'${value}'`);
  const time = few.map((n) => `'2026-11-23 ${n < 0 ? `11:59:59.99999${10 + n}` : `12:00:00.00000${n}`}'`);
  const operand: Record<string, fc.Arbitrary<string>> = {
    part: fc.constantFrom("'p'", "'q'", "'r'"),
    i: fc.oneof(few.map(String), fc.constantFrom('0.5', "'1'", '3000000000', 'NULL')),
    l: fc.oneof(few.map(String), fc.constantFrom('1537228672809129301', '9223372036854775807', '1e3')),
    d: fc.oneof(few.map(String), fc.constantFrom('0.25', '-1.255', '1.25', '100000.5', "'1.25'")),
    f: fc.oneof(few.map(String), fc.constantFrom('0.1', '0.1::DOUBLE', "'NaN'", "'inf'::DOUBLE", '1e300')),
    s: text,
    day: fc.constantFrom(
      "'1970-01-01'",
      "DATE '1970-01-02'",
      "TIMESTAMP '1970-01-01 12:00:00'",
      "'1969-12-31'",
    ),
    ts: fc.oneof(
      time,
      time.map((t) => `TIMESTAMP ${t}`),
      fc.constantFrom("DATE '2026-11-23'", "'2026-11-23T13:00:00+01'"),
    ),
  };
  const column = fc.constantFrom(...Object.keys(operand));
  const simple = column.chain((name) => {
    const value = operand[name]!;
    const op = fc.constantFrom('=', '<>', '<', '<=', '>', '>=', 'IS DISTINCT FROM');
    return fc.oneof(
      fc.tuple(op, value).map(([sign, one]) => `${name} ${sign} ${one}`),
      fc.tuple(op, value).map(([sign, one]) => `${one} ${sign} t.${name}`),
      fc.tuple(value, value).map(([low, high]) => `${name} BETWEEN ${low} AND ${high}`),
      fc
        .tuple(fc.constantFrom('IN', 'NOT IN'), value, value)
        .map(([sign, a, b]) => `${name} ${sign} (${a}, ${b})`),
      fc.constantFrom(`${name} IS NULL`, `${name} IS NOT NULL`, 'length(s) > 0'),
    );
  });
  const { condition } = fc.letrec<{ condition: string }>((tie) => ({
    condition: fc.oneof(
      { depthSize: 'small' },
      simple,
      fc
        .tuple(tie('condition'), fc.constantFrom('AND', 'OR'), tie('condition'))
        .map(([a, op, b]) => `(${a} ${op} ${b})`),
      tie('condition').map((inner) => `NOT (${inner})`),
    ),
  }));

  it('have no row of the result', async () => {
    let count = 0;
    let leftOut = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(rows, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        fc.array(condition, { minLength: 4, maxLength: 4 }),
        async (commits, isPartitioned, conditions) => {
          count += 1;
          const table = local.lakeTable(`t${count}`);
          for (const commit of commits) {
            const batches = [batchOfRows(SCHEMA, commit)];
            await table.append({
              schema: SCHEMA,
              batches,
              ...(isPartitioned ? { partitionBy: ['part'] } : {}),
            });
          }
          const snapshot = await table.snapshot();
          const whole = { t: await pinnedTable({ schema: SCHEMA }, snapshot, local.objectStore) };
          for (const where of conditions) {
            const run = runSql(
              local.engine,
              local.objectStore,
              `SELECT * FROM t${count} AS t WHERE ${where}`,
              {
                onColumns: () => undefined,
                onScans: ([scan]) => {
                  leftOut += (scan?.allFiles ?? 0) - (scan?.files ?? 0);
                },
              },
            );
            const unpruned = local.engine.query(`SELECT * FROM t WHERE ${where}`, { tables: whole });
            expect(sorted(await rowsOf(run))).toEqual(sorted(await rowsOf(unpruned)));
          }
        },
      ),
      { numRuns: 20 },
    );
    // A plan that never leaves a file out would pass all of it.
    expect(leftOut).toBeGreaterThan(0);
  });

  it('are not fetched', async () => {
    const ORDERS = schemaOf(field('id', 'integer'));
    const path = 'raw/orders';
    await local.lakeTable(path).append({ schema: ORDERS, batches: [batchOfRows(ORDERS, [{ id: 1 }])] });
    const [gone] = await local.objectStore.list('raw/orders/part');
    await local.lakeTable(path).append({ schema: ORDERS, batches: [batchOfRows(ORDERS, [{ id: 2 }])] });
    await local.objectStore.delete(gone?.path ?? '');
    const run = (where: string) =>
      rowsOf(
        runSql(local.engine, local.objectStore, `SELECT id FROM raw.orders WHERE ${where}`, {
          onColumns: () => undefined,
        }),
      );
    expect(await run('id > 1')).toEqual([{ id: 2 }]);
    await expect(run('id > 0')).rejects.toThrow('No files found');
  });
});

function sorted(found: readonly Readonly<Record<string, unknown>>[]): string[] {
  const shown = (_: string, value: unknown) =>
    typeof value === 'bigint' || typeof value === 'number' ? `${value}` : value;
  return found.map((row) => JSON.stringify(row, shown)).sort();
}
