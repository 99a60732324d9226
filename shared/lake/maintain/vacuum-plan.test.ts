import { describe, expect, it } from 'vitest';
import { planVacuum } from './vacuum-plan.ts';

function plan(paths: readonly string[], overrides: Partial<Parameters<typeof planVacuum>[1]> = {}) {
  const listed = paths.map((path) => ({ path, size: 10, modifiedAt: 1 }));
  const request = { table: 't', partitionColumns: ['_day'], needed: new Set<string>(), writtenBefore: 100 };
  return planVacuum(listed, { ...request, ...overrides }).files.map(({ path }) => path);
}

describe('the plan of a vacuum', () => {
  it('takes what is old and not needed, and counts its bytes', () => {
    const listed = [
      { path: 't/live', size: 1, modifiedAt: 1 },
      { path: 't/old', size: 2, modifiedAt: 99 },
      { path: 't/day=1/older', size: 4, modifiedAt: 2 },
      { path: 't/young', size: 8, modifiedAt: 100 },
    ];
    const request = { table: 't', partitionColumns: [], needed: new Set(['t/live']), writtenBefore: 100 };
    expect(planVacuum(listed, request)).toEqual({ files: [listed[1], listed[2]], bytes: 6 });
  });

  it.each([
    't/_delta_log/00000000000000000000.json',
    't/_delta_log/_last_checkpoint',
    't/_SUCCESS',
    't/.hidden',
    't/day=1/_metadata/x.parquet',
    't/.spark/x.parquet',
  ])('passes over %s', (path) => {
    expect(plan([path])).toEqual([]);
  });

  it.each([
    't/x.parquet',
    't/_day=1/x.parquet',
    't/_change_data/cdc-1.parquet',
    't/deletion_vector_1.bin',
    't/a/b/c',
  ])('takes %s', (path) => {
    expect(plan([path])).toEqual([path]);
  });

  it('judges names below the table only, wherever that lies', () => {
    expect(plan(['_tables/.x/part.parquet'], { table: '_tables/.x' })).toEqual(['_tables/.x/part.parquet']);
    expect(plan(['_delta_log/1.json', 'part.parquet'], { table: '' })).toEqual(['part.parquet']);
  });
});
