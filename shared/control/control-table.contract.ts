import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ControlTable } from './control-table.ts';

/** What every control table must do. `open` gives an empty one; `release` frees what it took. */
export function controlTableContract(
  adapter: string,
  open: () => Promise<{ table: ControlTable; release: () => Promise<void> }>,
): void {
  describe(`control table: ${adapter}`, () => {
    let table: ControlTable;
    let release: () => Promise<void>;
    beforeAll(async () => {
      ({ table, release } = await open());
    });
    afterAll(() => release());

    it('reads null where nothing was put', async () => {
      expect(await table.get({ partition: 'none', sort: 'none' })).toBeNull();
      expect(await table.query({ partition: 'none' })).toEqual([]);
    });

    it('returns what was put, every kind of JSON value and text unharmed', async () => {
      const key = { partition: 'values #/ é 😀', sort: 'it\'s \\ "quoted"' };
      const value = {
        text: '',
        zero: 0,
        nested: { list: [1, null, true, { deep: '\u2028' }] },
        big: 2 ** 53 - 1,
      };
      expect(await table.put(key, value, null)).toEqual({ outcome: 'stored', version: 1 });
      expect(await table.get(key)).toEqual({ ...key, version: 1, value });
    });

    it('puts on absence only where there is nothing', async () => {
      const key = { partition: 'absence', sort: 'a' };
      await table.put(key, { by: 'first' }, null);
      expect(await table.put(key, { by: 'second' }, null)).toEqual({
        outcome: 'conflict',
        current: { ...key, version: 1, value: { by: 'first' } },
      });
    });

    it('puts on a version only where it is still that version', async () => {
      const key = { partition: 'versions', sort: 'a' };
      expect(await table.put(key, { n: 0 }, 1)).toEqual({ outcome: 'conflict', current: null });
      await table.put(key, { n: 1 }, null);
      expect(await table.put(key, { n: 2 }, 1)).toEqual({ outcome: 'stored', version: 2 });
      expect(await table.put(key, { n: 99 }, 1)).toEqual({
        outcome: 'conflict',
        current: { ...key, version: 2, value: { n: 2 } },
      });
    });

    it('lets exactly one of many writers win', async () => {
      const key = { partition: 'race', sort: 'a' };
      const puts = await Promise.all(
        Array.from({ length: 20 }, (_, writer) => table.put(key, { writer }, null)),
      );
      expect(puts.filter((put) => put.outcome === 'stored')).toHaveLength(1);
      const winner = puts.findIndex((put) => put.outcome === 'stored');
      expect((await table.get(key))?.value).toEqual({ writer: winner });
    });

    it('queries one partition in the order of sort keys, both ways', async () => {
      for (const sort of ['2026-01-02', '2026-01-01', '2026-01-10', 'x']) {
        await table.put({ partition: 'ordered', sort }, { sort }, null);
      }
      await table.put({ partition: 'ordered2', sort: '2026-01-03' }, {}, null);
      const sorts = async (query: Omit<Parameters<ControlTable['query']>[0], 'partition'>) =>
        (await table.query({ partition: 'ordered', ...query })).map((item) => item.sort);
      expect(await sorts({})).toEqual(['2026-01-01', '2026-01-02', '2026-01-10', 'x']);
      expect(await sorts({ order: 'last-first' })).toEqual(['x', '2026-01-10', '2026-01-02', '2026-01-01']);
      expect(await sorts({ sortPrefix: '2026-01-0' })).toEqual(['2026-01-01', '2026-01-02']);
      expect(await sorts({ sortPrefix: '2026', order: 'last-first', limit: 2 })).toEqual([
        '2026-01-10',
        '2026-01-02',
      ]);
    });

    it('answers a partition of more than one page whole', async () => {
      const body = 'x'.repeat(200_000);
      for (let n = 0; n < 8; n++) await table.put({ partition: 'pages', sort: `${n}` }, { body }, null);
      expect((await table.query({ partition: 'pages' })).map((item) => item.sort)).toEqual([...'01234567']);
      const newest = await table.query({ partition: 'pages', order: 'last-first', limit: 7 });
      expect(newest.map((item) => item.sort)).toEqual([...'7654321']);
    });
  });
}
