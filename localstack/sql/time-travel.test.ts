import { describe, expect, it } from 'vitest';
import { findTimeTravel, withoutTimeTravel } from './time-travel.ts';

const asOf = (sql: string) => findTimeTravel(sql).map((clause) => clause.asOf);

describe('VERSION AS OF and TIMESTAMP AS OF', () => {
  it.each([
    ['FROM raw.orders VERSION AS OF 12', [{ version: 12 }]],
    ['FROM raw.orders for version as of 0 AS o', [{ version: 0 }]],
    ["FROM raw.orders VERSION /* the first */ AS OF '3' o", [{ version: 3 }]],
    ['FROM "raw"."my orders" FOR SYSTEM_VERSION AS OF 7', [{ version: 7 }]],
    ["FROM t TIMESTAMP AS OF '2026-11-23 10:00:00'", [{ timestamp: Date.UTC(2026, 10, 23, 10) }]],
    ["FROM t TIMESTAMP AS OF TIMESTAMP '2026-11-23'", [{ timestamp: Date.UTC(2026, 10, 23) }]],
    [
      "FROM t FOR SYSTEM_TIME AS OF '2026-11-23T10:00:00.5+02:00'",
      [{ timestamp: Date.UTC(2026, 10, 23, 8, 0, 0, 500) }],
    ],
    ['FROM t VERSION AS OF 1 JOIN t VERSION AS OF 2 USING (id)', [{ version: 1 }, { version: 2 }]],
  ])('are found in %j', (sql, expected) => {
    expect(asOf(sql)).toEqual(expected);
  });

  it.each([
    ['SELECT version AS of, x FROM t'],
    ['SELECT version AS of FROM t'],
    ["SELECT 'raw.orders VERSION AS OF 12'"],
    ['SELECT "t VERSION AS OF 12"'],
    ['SELECT 1 -- t VERSION AS OF 12'],
    ['SELECT 1 /* t VERSION AS OF 12 */'],
    ['VERSION AS OF 12'],
  ])('are not mistaken in %j', (sql) => {
    expect(asOf(sql)).toEqual([]);
  });

  it.each([
    ['FROM t VERSION AS OF 1.5', 'a version is a whole number, got 1.5'],
    ["FROM t VERSION AS OF 'last'", 'a version is a whole number, got last'],
    ["FROM t TIMESTAMP AS OF 'noon'", "a time is written as '2026-11-23 10:00:00', got noon"],
    ["FROM t TIMESTAMP AS OF '2026-02-30'", "a time is written as '2026-11-23 10:00:00', got 2026-02-30"],
    ['FROM t TIMESTAMP AS OF 12', "a time is written as '2026-11-23 10:00:00', got 12"],
  ])('refuse %j', (sql, message) => {
    expect(() => findTimeTravel(sql)).toThrow(message);
  });

  it('leave every other place of the statement where it is', () => {
    const sql = "SELECT 'é' FROM t VERSION /* größe */ AS OF 12 AS o WHERE x = 'VERSION AS OF 3'";
    const [clause] = findTimeTravel(sql);
    expect(withoutTimeTravel(sql, findTimeTravel(sql))).toBe(
      "SELECT 'é' FROM t ".padEnd(clause?.end ?? 0) + sql.slice(clause?.end),
    );
    expect(sql.slice(clause?.start, clause?.end)).toBe('VERSION /* größe */ AS OF 12');
  });
});
