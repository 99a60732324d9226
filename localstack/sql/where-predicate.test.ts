import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openQueryFixture, type QueryFixture } from '../../shared/adapters/duckdb-query-fixture.ts';
import { field, type Predicate, schemaOf } from '../../shared/lake/index.ts';
import { parseStatement } from './statement-tree.ts';
import { wherePredicate } from './where-predicate.ts';

const ORDERS = schemaOf(
  field('id', 'integer'),
  field('big', 'long'),
  field('amount', 'decimal(10,2)'),
  field('ratio', 'double'),
  field('half', 'float'),
  field('Status', 'string'),
  field('paid', 'boolean'),
  field('day', 'date'),
  field('ts', 'timestamp'),
  field('local', 'timestamp_ntz'),
);

let fixture: QueryFixture;
beforeAll(async () => {
  fixture = await openQueryFixture();
});
afterAll(() => fixture.dispose());

/** What is asked of each table of a statement, in its order. */
async function predicates(sql: string): Promise<(Predicate | null)[]> {
  const { tables } = await parseStatement(fixture.engine, sql);
  return tables.map((use) => wherePredicate(use, ORDERS));
}

const is = (
  op: '=' | '<' | '<=' | '>' | '>=',
  column: string,
  value: string | number | bigint,
): Predicate => ({
  op,
  column,
  value,
});
const NOON = 1_795_435_200_000_000n;

describe('the condition of a WHERE', () => {
  it.each<[string, Predicate]>([
    ['id = 3', is('=', 'id', 3)],
    ['ID < -3', is('<', 'id', -3)],
    ['3 < id', is('>', 'id', 3)],
    ['o.id >= 3', is('>=', 'id', 3)],
    ['"STATUS" = \'paid\'', is('=', 'Status', 'paid')],
    ['big <= 3', is('<=', 'big', 3n)],
    ['amount > 1.5', is('>', 'amount', '1.50')],
    ['amount = -0.05', is('=', 'amount', '-0.05')],
    ['amount = 7', is('=', 'amount', '7.00')],
    ['ratio = 0.1', is('=', 'ratio', 0.1)],
    ['ratio < 2', is('<', 'ratio', 2)],
    ["day = '2026-11-23'", is('=', 'day', 20_780)],
    ["day < DATE '2026-11-23'", is('<', 'day', 20_780)],
    ["ts >= '2026-11-23 12:00:00'", is('>=', 'ts', NOON)],
    ["ts >= '2026-11-23T14:00:00+02:00'", is('>=', 'ts', NOON)],
    ["ts >= TIMESTAMP '2026-11-23 12:00:00'", is('>=', 'ts', NOON)],
    ["ts >= TIMESTAMPTZ '2026-11-23 12:00:00Z'", is('>=', 'ts', NOON)],
    ["ts >= DATE '2026-11-23'", is('>=', 'ts', NOON - 43_200_000_000n)],
    ['id IN (1, 2)', { op: 'in', column: 'id', values: [1, 2] }],
    ['id IS NULL', { op: 'is-null', column: 'id' }],
    ['half IS NOT NULL', { op: 'not', of: { op: 'is-null', column: 'half' } }],
    ['id <> 3', { op: 'not', of: is('=', 'id', 3) }],
    ['id NOT IN (3)', { op: 'not', of: { op: 'in', column: 'id', values: [3] } }],
    ['id BETWEEN 1 AND 2', { op: 'and', of: [is('>=', 'id', 1), is('<=', 'id', 2)] }],
    ['NOT (id = 1 OR big = 2)', { op: 'not', of: { op: 'or', of: [is('=', 'id', 1), is('=', 'big', 2n)] } }],
    ['id = 1 AND length(Status) > 2 AND big = 2', { op: 'and', of: [is('=', 'id', 1), is('=', 'big', 2n)] }],
    [
      'id = 1 OR (big = 2 AND random() < 1)',
      { op: 'or', of: [is('=', 'id', 1), { op: 'and', of: [is('=', 'big', 2n)] }] },
    ],
  ])('%s is told to the lake', async (where, expected) => {
    expect(await predicates(`SELECT * FROM raw.o WHERE ${where}`)).toEqual([expected]);
  });

  it.each([
    // Compared in another type than the column's.
    'id = 1.5',
    "id = '3'",
    'Status = 3',
    'amount = 1.555',
    'amount = 12345678901.5',
    'big = 9223372036854775808',
    'big = 9007199254740993',
    "day = '2026-11-23 10:00:00'",
    "day = TIMESTAMP '2026-11-23 10:00:00'",
    "ts = TIMESTAMP '2026-11-23 10:00:00+05'",
    "local = '2026-11-23'",
    'half = 0.5',
    // NaN passes.
    'ratio > 1',
    'ratio <> 1',
    'NOT (ratio < 1)',
    'ratio NOT IN (1)',
    // Only a part is known.
    'id = 1 OR random() < 1',
    'NOT (id = 1 AND random() < 1)',
    'id IN (1, big)',
    'id NOT IN (1, NULL)',
    // Not of a column with a constant.
    'id = NULL',
    'id = big',
    'id + 1 = 3',
    'id = (SELECT 3)',
    'paid',
    'paid = true',
    "Status LIKE 'p%'",
    "Status COLLATE NOCASE = 'paid'",
    'nothing = 3',
    'x.id = 3',
    'raw.o.id = 3',
    "day = TRY_CAST('x' AS DATE)",
  ])('%s is left to the engine', async (where) => {
    expect(await predicates(`SELECT * FROM raw.o WHERE ${where}`)).toEqual([null]);
  });

  const A = { op: 'and', of: [is('=', 'id', 1)] };
  const B = { op: 'and', of: [is('=', 'id', 2)] };
  const BOTH = 'WHERE a.id = 1 AND b.id = 2';

  it.each<[string, readonly unknown[]]>([
    [`SELECT 1 FROM r.a JOIN r.b USING (id) ${BOTH}`, [A, B]],
    [`SELECT 1 FROM r.a, r.b ${BOTH}`, [A, B]],
    [`SELECT 1 FROM r.a NATURAL JOIN r.b ${BOTH}`, [A, B]],
    [`SELECT 1 FROM r.a LEFT JOIN r.b USING (id) ${BOTH}`, [A, null]],
    [`SELECT 1 FROM r.a RIGHT JOIN r.b USING (id) ${BOTH}`, [null, B]],
    [`SELECT 1 FROM r.a FULL JOIN r.b USING (id) ${BOTH}`, [null, null]],
    [`SELECT 1 FROM r.a ANTI JOIN r.b USING (id) WHERE a.id = 1`, [is('=', 'id', 1), null]],
    [`SELECT 1 FROM r.a ASOF JOIN r.b ON a.id >= b.id ${BOTH}`, [null, null]],
    [`SELECT 1 FROM r.a POSITIONAL JOIN r.b ${BOTH}`, [null, null]],
    ['SELECT 1 FROM r.a, r.b WHERE id = 1', [null, null]],
    [
      'SELECT 1 FROM r.x AS a JOIN (SELECT * FROM r.b WHERE id = 2) b USING (id) WHERE a.id = 1',
      [is('=', 'id', 1), is('=', 'id', 2)],
    ],
    [
      'WITH c AS (SELECT * FROM r.a WHERE id = 1) SELECT * FROM (SELECT 3) d WHERE d.big = 3',
      [is('=', 'id', 1)],
    ],
    ['SELECT 1 FROM r.a WHERE id = 1 UNION ALL SELECT 1 FROM r.a', [is('=', 'id', 1), null]],
    ['SELECT 1 FROM r.a WHERE EXISTS (SELECT 1 FROM r.b WHERE b.id = 2 AND a.id = 1)', [null, B]],
    ['SELECT (SELECT max(id) FROM r.a WHERE id = 1), 2 FROM r.b', [is('=', 'id', 1), null]],
    ['SELECT 1 FROM r.a AS t(big, id) WHERE id = 1', [null]],
    ['SELECT 1 FROM r.a TABLESAMPLE 50% WHERE id = 1', [null]],
    ['SELECT count(*) FROM r.a GROUP BY Status HAVING min(id) = 1', [null]],
  ])('%s is asked of the tables that it holds for', async (sql, expected) => {
    expect(await predicates(sql)).toEqual(expected);
  });
});
