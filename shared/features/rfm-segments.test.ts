import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openQueryFixture, type QueryFixture } from '../adapters/duckdb-query-fixture.ts';
import { sqlText } from './sql-text.ts';

describe('RFM segments', () => {
  let fixture: QueryFixture;
  beforeAll(async () => {
    fixture = await openQueryFixture();
  });
  afterAll(() => fixture.dispose());

  const query = (sql: string) => fixture.rows(fixture.engine.query(sql, { tables: {} }));

  it('give every combination of the three scores exactly one name', async () => {
    const combinations = await query(`
      SELECT r.range::INTEGER AS r, f.range::INTEGER AS f, m.range::INTEGER AS m, count(segment)::INTEGER AS names
      FROM range(1, 6) r CROSS JOIN range(1, 6) f CROSS JOIN range(1, 6) m
      LEFT JOIN (${sqlText('rfm_segments.sql')}) AS segments
        ON r_score = r.range AND fm_score = (f.range + m.range + 1) // 2
      GROUP BY ALL`);
    expect(combinations).toHaveLength(125);
    expect(combinations.filter(({ names }) => names !== 1)).toEqual([]);
  });

  it('are eleven, and name the grid in the comment above them', async () => {
    const grid = await query(
      `SELECT * FROM (${sqlText('rfm_segments.sql')}) ORDER BY r_score DESC, fm_score`,
    );
    expect(new Set(grid.map(({ segment }) => segment)).size).toBe(11);
    expect(grid.map(({ segment }) => segment)).toEqual([
      ...['New', 'Potential loyalist', 'Potential loyalist', 'Champions', 'Champions'],
      ...['Promising', 'Potential loyalist', 'Potential loyalist', 'Loyal', 'Champions'],
      ...['About to sleep', 'Need attention', 'Need attention', 'Loyal', 'Loyal'],
      ...['Hibernating', 'Hibernating', 'At risk', 'At risk', 'Cannot lose'],
      ...['Lost', 'Lost', 'At risk', 'Cannot lose', 'Cannot lose'],
    ]);
  });
});

describe('SQL text', () => {
  it('refuses a placeholder that nobody filled', () => {
    expect(() => sqlText('current.sql', { key: 'order_id' })).toThrow(
      expect.objectContaining({ code: 'sql_placeholder_unfilled' }),
    );
  });
});
