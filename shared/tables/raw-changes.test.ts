import { describe, expect, it } from 'vitest';
import { epochMillis } from '../domain/index.ts';
import { batchOfRows, memoryObjectStore, openTable } from '../lake/index.ts';
import { countingEnvironment } from '../lake/testing.ts';
import { rawTable } from './catalogue.ts';
import { rawChangesBefore, rawChangesFrom } from './raw-changes.ts';

const { name, schema } = rawTable('orders');

describe('the files of a raw table', async () => {
  const store = memoryObjectStore();
  const table = openTable(store, name, countingEnvironment());
  for (const [lsn, at] of [
    [10n, 1_000],
    [20n, 2_000],
    [30n, 3_000],
  ] as const) {
    const rows = [
      { _lsn: lsn, _ts: BigInt(at) * 1_000n },
      { _lsn: lsn + 1n, _ts: BigInt(at) * 1_000n + 999n },
    ];
    await table.append({ schema, batches: [batchOfRows(schema, rows)] });
  }
  const raw = await table.snapshot();
  if (raw === null) throw new Error('there is no raw table');

  it.each([
    [1_000, 0],
    [1_001, 1],
    [2_000, 1],
    [2_001, 2],
    [3_001, 3],
  ])('with changes before %i ms are %i of three', async (at, files) => {
    const before = await rawChangesBefore('orders', raw, store, epochMillis(at));
    expect(before.files).toHaveLength(files);
    expect(before.schema).toEqual(schema);
  });

  it.each([
    [10n, 3],
    [11n, 3],
    [12n, 2],
    [31n, 1],
    [32n, 0],
  ])('with changes from position %i on are %i of three', async (lsn, files) => {
    expect((await rawChangesFrom('orders', raw, store, lsn)).files).toHaveLength(files);
  });

  it('are none where there is no raw table', async () => {
    expect((await rawChangesBefore('orders', null, store, epochMillis(1))).files).toEqual([]);
  });
});
