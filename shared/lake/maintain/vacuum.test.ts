import { describe, expect, it } from 'vitest';
import { type Action, encodeCommit } from '../log/actions.ts';
import { commitPath } from '../log/log-path.ts';
import { loadSnapshot } from '../log/log-reader.ts';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { countingEnvironment, idsOf, orders } from '../testing.ts';
import { openTable, type Table } from '../write/table.ts';
import { vacuum } from './vacuum.ts';

const HOUR = 3_600_000;
const KEEP_AN_HOUR = { 'delta.deletedFileRetentionDuration': 'interval 1 hour' };

/** A table and a store with one clock, which only the test moves. */
function tableAt(): { store: ObjectStore; table: Table; clock: { now: number } } {
  const clock = { now: 0 };
  const store = memoryObjectStore(() => clock.now);
  const table = openTable(store, 't', countingEnvironment({ now: () => clock.now }));
  return { store, table, clock };
}

const dataFiles = async (store: ObjectStore) =>
  (await store.list('t/'))
    .map(({ path }) => path)
    .filter((path) => path.endsWith('.parquet') && !path.includes('_delta_log'));

describe('vacuum', () => {
  it('deletes what was removed before the retention, and the version stays readable', async () => {
    const { store, table, clock } = tableAt();
    await table.append({ ...orders(1, 2), configuration: KEEP_AN_HOUR });
    clock.now = HOUR;
    await table.overwrite(orders(3));
    const old = (await dataFiles(store))[0]!;
    clock.now = 2 * HOUR;
    expect(await vacuum(store, 't', { now: clock.now })).toMatchObject({
      files: [],
      bytes: 0,
      retentionMs: HOUR,
    });
    clock.now = 2 * HOUR + 1;
    const report = await vacuum(store, 't', { now: clock.now });
    expect(report).toMatchObject({ version: 1, files: [{ path: old }], dryRun: false });
    expect(report.bytes).toBeGreaterThan(0);
    expect(await store.get(old)).toBeNull();
    expect(await idsOf(store, await loadSnapshot(store, 't'))).toEqual([3]);
  });

  it('keeps every version within the retention readable', async () => {
    const { store, table, clock } = tableAt();
    await table.append({ ...orders(1), configuration: KEEP_AN_HOUR });
    for (let version = 1; version <= 6; version++) {
      clock.now = version * (HOUR / 4);
      await table.overwrite(orders(version));
    }
    await vacuum(store, 't', { now: clock.now });
    for (const version of [2, 3, 4, 5, 6]) {
      expect(await idsOf(store, await loadSnapshot(store, 't', { version }))).toEqual([version]);
    }
    await expect(idsOf(store, await loadSnapshot(store, 't', { version: 0 }))).rejects.toMatchObject({
      code: 'lake_data_file_missing',
    });
  });

  it('lists in a dry run what it would delete, and deletes nothing', async () => {
    const { store, table, clock } = tableAt();
    await table.append({ ...orders(1), configuration: KEEP_AN_HOUR });
    await table.overwrite(orders(2));
    const before = await store.list('');
    clock.now = 2 * HOUR;
    const report = await vacuum(store, 't', { now: clock.now, dryRun: true });
    expect(report.files).toHaveLength(1);
    expect(await store.list('')).toEqual(before);
  });

  it('leaves a slow writer its files until the retention has passed, and then takes those it never committed', async () => {
    const { store, table, clock } = tableAt();
    await table.append({ ...orders(1), configuration: KEEP_AN_HOUR });
    clock.now = 10 * HOUR;
    const slow: ObjectStore = {
      ...store,
      putIfAbsent: async (path, bytes) => {
        clock.now += HOUR / 2;
        await vacuum(store, 't', { now: clock.now });
        return store.putIfAbsent(path, bytes);
      },
    };
    await openTable(slow, 't', countingEnvironment({ now: () => clock.now })).append(orders(2));
    expect(await idsOf(store, await loadSnapshot(store, 't'))).toEqual([1, 2]);

    await store.put('t/part-orphan.parquet', new Uint8Array(8));
    clock.now += HOUR + 1;
    expect((await vacuum(store, 't', { now: clock.now })).files.map(({ path }) => path)).toEqual([
      't/part-orphan.parquet',
    ]);
  });

  it('needs what is committed while it lists', async () => {
    const { store, table, clock } = tableAt();
    await table.append({ ...orders(1), configuration: KEEP_AN_HOUR });
    const [file] = [...(await loadSnapshot(store, 't')).files];
    await table.overwrite(orders(2));
    clock.now = 5 * HOUR;
    let raced = false;
    const racing: ObjectStore = {
      ...store,
      list: async (prefix, after) => {
        const listed = await store.list(prefix, after);
        if (!raced) await store.put(commitPath('t', 2), encodeCommit([{ add: file! } satisfies Action]));
        raced = true;
        return listed;
      },
    };
    expect((await vacuum(racing, 't', { now: clock.now })).files).toEqual([]);
    expect(await idsOf(store, await loadSnapshot(store, 't'))).toEqual([1, 2]);
  });

  it('refuses a shorter retention than the table has, unless it is allowed', async () => {
    const { store, table, clock } = tableAt();
    await table.append(orders(1));
    await table.overwrite(orders(2));
    clock.now = HOUR;
    await expect(vacuum(store, 't', { now: clock.now, retentionMs: 0 })).rejects.toMatchObject({
      code: 'lake_vacuum_retention_too_short',
      message: expect.stringContaining('retention of 0 hours: the table keeps removed files for 168 hours'),
    });
    const forced = { now: clock.now, retentionMs: 0, allowShorterRetention: true };
    expect((await vacuum(store, 't', forced)).files).toHaveLength(1);
    expect(await idsOf(store, await loadSnapshot(store, 't'))).toEqual([2]);
  });

  it('keeps the deletion vectors of live files, and takes those of none', async () => {
    const { store, table, clock } = tableAt();
    await table.append({ ...orders(1), configuration: KEEP_AN_HOUR });
    const [file] = [...(await loadSnapshot(store, 't')).files];
    // The example of the protocol: `ab` and the UUID d2c639aa-8816-431a-aaf6-d3fe2512ff61 in Z85.
    const deletionVector = {
      storageType: 'u',
      pathOrInlineDv: 'ab^-aqEH.-t@S}K{vb[*k^',
      offset: 4,
      sizeInBytes: 40,
      cardinality: 6,
    };
    const protocol = {
      minReaderVersion: 3,
      minWriterVersion: 7,
      readerFeatures: ['deletionVectors'],
      writerFeatures: ['deletionVectors'],
    };
    await store.put(
      commitPath('t', 1),
      encodeCommit([
        { protocol },
        { remove: { path: file!.path, dataChange: true } },
        { add: { ...file!, deletionVector } },
      ]),
    );
    const vector = (id: string) => `t/ab/deletion_vector_${id}.bin`;
    await store.put(vector('d2c639aa-8816-431a-aaf6-d3fe2512ff61'), new Uint8Array(44));
    await store.put(vector('00000000-0000-0000-0000-000000000000'), new Uint8Array(44));
    clock.now = 5 * HOUR;
    expect((await vacuum(store, 't', { now: clock.now })).files.map(({ path }) => path)).toEqual([
      vector('00000000-0000-0000-0000-000000000000'),
    ]);
  });

  it('refuses a table whose writers were promised what is not known here', async () => {
    const { store, table } = tableAt();
    await table.append(orders(1));
    const protocol = {
      minReaderVersion: 1,
      minWriterVersion: 7,
      writerFeatures: ['appendOnly', 'catalogManaged'],
    };
    await store.put(commitPath('t', 1), encodeCommit([{ protocol }]));
    await expect(vacuum(store, 't', { now: 0 })).rejects.toMatchObject({
      code: 'lake_protocol_unsupported',
      message: expect.stringContaining('catalogManaged'),
    });
  });

  it('tells how far it has come', async () => {
    const { store, clock, table } = tableAt();
    await table.append({ ...orders(1), configuration: KEEP_AN_HOUR });
    for (let orphan = 0; orphan < 70; orphan++) await store.put(`t/orphan-${orphan}`, new Uint8Array());
    clock.now = 2 * HOUR;
    const told: number[][] = [];
    await vacuum(store, 't', { now: clock.now, onProgress: (...progress) => told.push(progress) });
    expect(told).toEqual([
      [32, 70],
      [64, 70],
      [70, 70],
    ]);
  });
});
