import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLmdbOnlineStore } from '../../shared/adapters/lmdb-online-store.ts';
import type { ControlTable } from '../../shared/control/index.ts';
import { createMemoryControlTable } from '../../shared/control/memory-control-table.ts';
import { DAY_MS, type EpochMillis, epochMillis } from '../../shared/domain/index.ts';
import { PlatformError } from '../../shared/errors.ts';
import { batchOfRows, loadSnapshot, readSnapshot, rowsOfBatch } from '../../shared/lake/index.ts';
import type { OnlineStore } from '../../shared/online/index.ts';
import { readServingState } from '../../shared/serving/index.ts';
import { BATCH_RECOMMENDATIONS, currentTable } from '../../shared/tables/index.ts';
import { memoryLake } from '../../shared/testing/memory-lake.ts';
import {
  COFFEES,
  fillOnlineStore,
  MUG,
  NOW,
  product,
  promoteModel,
  putOrder,
  putProducts,
  TEA_DRINKER,
  TEAS,
} from '../../shared/testing/tea-and-coffee.ts';
import {
  type BuildRecommendationsPorts,
  type BuildRecommendationsReport,
  buildRecommendations,
} from './build-recommendations.ts';

const { name: TABLE } = BATCH_RECOMMENDATIONS;
const RUN = { runId: 'run-1', asOf: epochMillis(NOW - 60_000) };
const LATER_RUN = { runId: 'run-2', asOf: NOW };
/** A customer of the shop who never bought anything. */
const NEWCOMER = 500;

let folder: string;
let online: OnlineStore;
let controlTable: ControlTable;
let lake: ReturnType<typeof memoryLake>;
let progress: string[];
let deadline: AbortController;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'batch-'));
  online = openLmdbOnlineStore({ path: folder });
  await fillOnlineStore(online);
  controlTable = createMemoryControlTable();
  lake = memoryLake();
  progress = [];
  deadline = new AbortController();
});
afterEach(async () => {
  await online.close();
  await rm(folder, { recursive: true, force: true });
});

async function build(
  run: { readonly runId: string; readonly asOf: EpochMillis } = RUN,
  over: Partial<BuildRecommendationsPorts> = {},
): Promise<BuildRecommendationsReport> {
  return buildRecommendations(run, {
    lakeTable: lake.table,
    objectStore: lake.store,
    online,
    servingState: () =>
      readServingState({
        controlTable: async () => controlTable,
        objectStore: async () => lake.store,
        online: async () => online,
        now: () => NOW,
      }),
    now: () => NOW,
    deadline: deadline.signal,
    onProgress: (message) => progress.push(message),
    ...over,
  });
}

async function putCustomers(...ids: readonly number[]): Promise<void> {
  const { name, schema } = currentTable('users');
  const rows = ids.map((id) => ({ user_id: id, name: `Customer ${id}` }));
  await lake.table(name).append({ schema, batches: [batchOfRows(schema, rows)] });
}

async function listsAt(version: number): Promise<Map<number, number[]>> {
  const lists = new Map<number, number[]>();
  const snapshot = await loadSnapshot(lake.store, TABLE, { version });
  for await (const batch of readSnapshot(lake.store, snapshot))
    for (const row of rowsOfBatch(batch)) {
      const list = lists.get(row.user_id as number) ?? [];
      list[(row.position as number) - 1] = row.product_id as number;
      lists.set(row.user_id as number, list);
    }
  return lists;
}

describe('buildRecommendations', () => {
  it('writes a row for every place of the list of every customer, with what an answer would say', async () => {
    await promoteModel('v1', { store: lake.store, controlTable });
    await putCustomers(NEWCOMER, TEA_DRINKER);
    expect(await build()).toEqual({
      outcome: 'written',
      version: 0,
      modelVersion: 'v1',
      customers: 2,
      rows: 14,
    });
    const rows = await lake.rows(TABLE);
    expect(rows.map(({ user_id, position }) => [user_id, position])).toEqual(
      [TEA_DRINKER, NEWCOMER].flatMap((user) => [1, 2, 3, 4, 5, 6, 7].map((place) => [user, place])),
    );
    expect(rows).toContainEqual({
      user_id: TEA_DRINKER,
      shelf: 'for-you',
      position: expect.any(Number),
      product_id: 3,
      score: expect.any(Number),
      source: 'personal',
      reason: 'you buy it about every 30 days, last time 60 days ago',
      fallback: null,
      model_version: 'v1',
      generated_at: BigInt(NOW) * 1_000n,
    });
    expect(rows[7]).toMatchObject({
      product_id: MUG,
      source: 'popular',
      reason: 'popular in the last 14 days: 20 orders',
      fallback: 'popular',
    });
  });

  it('lists only what can be sold, and what was bought since the features were built', async () => {
    const [tea, coffee] = [TEAS[0]!, COFFEES[0]!];
    await putProducts(
      online,
      new Map([
        [tea, product({ stock: 0 })],
        [coffee, product({ active: false })],
        [MUG, null],
        [99, product()],
      ]),
      2n,
    );
    await putOrder(online, { customer: TEA_DRINKER, order: 9_000, at: NOW, products: [99] });
    await putCustomers(TEA_DRINKER);
    await build();
    const [list] = (await listsAt(0)).values();
    expect([...list!].sort((a, b) => a - b)).toEqual([...TEAS.slice(1), ...COFFEES.slice(1), 99]);
  });

  it('replaces the lists of the run before, which time travel keeps', async () => {
    await putCustomers(TEA_DRINKER);
    await build();
    await putProducts(online, new Map([[MUG, null]]), 2n);
    await putCustomers(4);
    expect(await build(LATER_RUN)).toMatchObject({ version: 1, customers: 2 });
    expect([...(await listsAt(0)).keys()]).toEqual([TEA_DRINKER]);
    expect([...(await listsAt(1)).keys()]).toEqual([TEA_DRINKER, 4]);
    expect((await listsAt(0)).get(TEA_DRINKER)).toContain(MUG);
    expect((await listsAt(1)).get(TEA_DRINKER)).not.toContain(MUG);
  });

  it('writes nothing for a run that is repeated, or that a later one has overtaken', async () => {
    await putCustomers(TEA_DRINKER);
    await build(LATER_RUN);
    expect(await build(LATER_RUN)).toMatchObject({ outcome: 'kept', version: 0, rows: 0 });
    expect(await build(RUN)).toMatchObject({ outcome: 'kept', version: 0 });
    expect((await lake.table(TABLE).snapshot())?.version).toBe(0);
  });

  it('keeps the lists of a later run that commits while it ranks', async () => {
    await putCustomers(TEA_DRINKER);
    let later: BuildRecommendationsReport | null = null;
    const report = await build(RUN, {
      online: storeThat(async () => {
        later ??= await build(LATER_RUN);
      }),
    });
    expect(later).toMatchObject({ outcome: 'written', version: 0 });
    expect(report).toMatchObject({ outcome: 'kept', version: 0 });
  });

  it('has no customers in a shop that has none', async () => {
    expect(await build()).toMatchObject({ outcome: 'written', customers: 0, rows: 0 });
    expect(await lake.rows(TABLE)).toEqual([]);
  });

  describe('of many customers', () => {
    const CUSTOMERS = 1_050;
    beforeEach(() => putCustomers(...Array.from({ length: CUSTOMERS }, (_, i) => i + 1)));

    it('holds the histories of some at a time, and tells how far it is', async () => {
      const asked: number[] = [];
      const counting = storeThat(async (keysAsked) => {
        asked.push(keysAsked.filter((key) => key.startsWith('user:')).length);
      });
      expect(await build(RUN, { online: counting })).toMatchObject({
        customers: CUSTOMERS,
        rows: 7 * CUSTOMERS,
      });
      expect(Math.max(...asked)).toBe(100);
      expect(asked.reduce((sum, count) => sum + count)).toBe(CUSTOMERS);
      expect(progress).toHaveLength(10);
      expect(progress.at(-1)).toBe('ranked the lists of 1050 of 1050 customers');
    });

    it('leaves the table as it was when it breaks off, and can be repeated', async () => {
      await build(RUN);
      const failing = storeThat(async (keysAsked) => {
        if (keysAsked.includes('user:701:recent'))
          throw new PlatformError('online_store_unavailable', 'the online store is away');
      });
      await expect(build(LATER_RUN, { online: failing })).rejects.toThrow('the online store is away');
      expect((await lake.table(TABLE).snapshot())?.version).toBe(0);
      expect(await build(LATER_RUN)).toMatchObject({ outcome: 'written', version: 1 });
      expect(await lake.rows(TABLE)).toHaveLength(7 * CUSTOMERS);
    });

    it('stops at the deadline, saying how far it came', async () => {
      await expect(
        build(RUN, { onProgress: (message) => message.includes(' 400 ') && deadline.abort() }),
      ).rejects.toThrow('the lists of 400 of 1050 customers were ranked when the time was over');
      expect(await lake.table(TABLE).snapshot()).toBeNull();
    });
  });

  it('takes the end of a history that has ended for its present', async () => {
    await putCustomers(TEA_DRINKER);
    await build(RUN, { now: () => epochMillis(NOW + 5 * 365 * DAY_MS) });
    expect(await lake.rows(TABLE)).toContainEqual(
      expect.objectContaining({
        product_id: 3,
        reason: 'you buy it about every 30 days, last time 60 days ago',
      }),
    );
  });
});

/** The online store; told of every reading before it is done. */
function storeThat(onRead: (keys: readonly string[]) => Promise<void>): OnlineStore {
  return {
    read: async (keys) => {
      await onRead(keys);
      return online.read(keys);
    },
    readFields: async (fields) => {
      await onRead(fields.map(({ key }) => key));
      return online.readFields(fields);
    },
    putFields: (writes) => online.putFields(writes),
    contribute: (shard, facts) => online.contribute(shard, facts),
    replace: (hashes) => online.replace(hashes),
    close: () => online.close(),
  };
}
