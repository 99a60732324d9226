import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openQueryFixture, type QueryFixture } from '../../shared/adapters/duckdb-query-fixture.ts';
import { openLmdbOnlineStore } from '../../shared/adapters/lmdb-online-store.ts';
import { productId, userId } from '../../shared/domain/index.ts';
import { MAX_BATCH_ROWS } from '../../shared/features/index.ts';
import { batchOfRows } from '../../shared/lake/index.ts';
import {
  keys,
  type OnlineStore,
  POPULARITY_WINDOW_FIELD,
  popularityCodec,
  popularityWindowCodec,
} from '../../shared/online/index.ts';
import { PRODUCT_POPULARITY, SHOP_ACTIVITY, USER_ITEM_INTERACTIONS } from '../../shared/tables/index.ts';
import { type LoadOnlineStorePorts, loadOnlineStore } from './load-online-store.ts';

describe('load online store', () => {
  let fixture: QueryFixture;
  let folder: string;
  let online: OnlineStore;
  let ports: LoadOnlineStorePorts;
  beforeEach(async () => {
    fixture = await openQueryFixture();
    folder = await mkdtemp(join(tmpdir(), 'online-'));
    online = openLmdbOnlineStore({ path: folder });
    ports = { ...fixture, online };
  });
  afterEach(async () => {
    await online.close();
    await fixture.dispose();
    await rm(folder, { recursive: true });
  });

  const writeInteractions = async (
    ...rows: readonly (readonly [user: number, product: number, score: number])[]
  ): Promise<void> => {
    const { name, schema } = USER_ITEM_INTERACTIONS;
    const records = rows.map(([user_id, product_id, interaction_score]) => ({
      user_id,
      product_id,
      interaction_score,
    }));
    await fixture.lakeTable(name).overwrite({ schema, batches: [batchOfRows(schema, records)] });
  };
  const interactionsOf = async (user: number): Promise<Record<string, string>> =>
    Object.fromEntries((await online.read([keys.userInteractions(userId(user))]))[0]!);

  it('loads a hash per customer in the shape that other programs read', async () => {
    await writeInteractions([1, 7, 0.5], [2, 7, 1.25], [1, 8, 3]);
    expect(await loadOnlineStore(ports)).toEqual({
      versions: {
        'features/user_item_interactions': 0,
        'features/product_popularity': null,
        'features/shop_activity': null,
      },
      users: 2,
      interactions: 3,
      removedUsers: 0,
      products: 0,
    });
    expect(await interactionsOf(1)).toEqual({
      7: '{"product_id":7,"score":0.5}',
      8: '{"product_id":8,"score":3}',
    });
    expect(await interactionsOf(2)).toEqual({ 7: '{"product_id":7,"score":1.25}' });
  });

  it('replaces what it loaded before, and empties customers who have nothing any more', async () => {
    await writeInteractions([1, 7, 0.5], [1, 8, 1], [2, 7, 1]);
    await loadOnlineStore(ports);
    await writeInteractions([1, 8, 0.9]);
    expect(await loadOnlineStore(ports)).toMatchObject({ users: 1, interactions: 1, removedUsers: 1 });
    expect(await interactionsOf(1)).toEqual({ 8: '{"product_id":8,"score":0.9}' });
    expect(await interactionsOf(2)).toEqual({});
    expect(await loadOnlineStore(ports)).toMatchObject({ users: 1, removedUsers: 0 });
  });

  it('finds the customers of a run that broke off', async () => {
    await writeInteractions([1, 7, 0.5], [2, 7, 1]);
    let hasLoadedBoth = false;
    const breaking: OnlineStore = {
      read: (wanted) => online.read(wanted),
      readFields: (fields) => online.readFields(fields),
      putFields: (writes) => online.putFields(writes),
      contribute: (shard, facts) => online.contribute(shard, facts),
      replace: async (hashes) => {
        if (hasLoadedBoth) throw new Error('power cut');
        await online.replace(hashes);
        hasLoadedBoth = Object.keys(await interactionsOf(2)).length > 0;
      },
      close: async () => undefined,
    };
    await expect(loadOnlineStore({ ...ports, online: breaking })).rejects.toThrow('power cut');
    expect(await interactionsOf(2)).not.toEqual({});
    await writeInteractions([1, 7, 0.5]);
    expect(await loadOnlineStore(ports)).toMatchObject({ users: 1, removedUsers: 1 });
    expect(await interactionsOf(2)).toEqual({});
  });

  it('loads a customer whose rows span two batches of the query whole', async () => {
    const rows = Array.from(
      { length: MAX_BATCH_ROWS + 10 },
      (_, i) => [1 + Math.floor(i / 100), 1 + (i % 100), 1] as const,
    );
    await writeInteractions(...rows);
    const report = await loadOnlineStore(ports);
    expect(report).toMatchObject({ users: Math.ceil(rows.length / 100), interactions: rows.length });
    const spanning = 1 + Math.floor(MAX_BATCH_ROWS / 100);
    const neighbours = [spanning - 1, spanning];
    const sizes = await online.read(neighbours.map((user) => keys.userInteractions(userId(user))));
    expect(sizes.map((hash) => hash.size)).toEqual([100, rows.length - (spanning - 1) * 100]);
  });

  it('loads the popularity of products', async () => {
    const { name, schema } = PRODUCT_POPULARITY;
    const row = {
      product_id: 7,
      purchase_count: 9,
      purchase_count_7d: 1,
      purchase_count_14d: 2,
      purchase_count_28d: 4,
      decayed_orders: 1.5,
      decayed_first_orders: 0.25,
    };
    await fixture.lakeTable(name).overwrite({ schema, batches: [batchOfRows(schema, [row])] });
    expect(await loadOnlineStore(ports)).toMatchObject({ products: 1 });
    const [popularity] = await online.read([keys.recentPopularity]);
    expect([...popularity!].map(([field, text]) => [field, popularityCodec.decode(text)])).toEqual([
      [
        '7',
        {
          productId: productId(7),
          purchases: 9,
          purchases7d: 1,
          purchases14d: 2,
          purchases28d: 4,
          decayedOrders: 1.5,
          decayedFirstOrders: 0.25,
        },
      ],
    ]);
  });

  it('loads what the popularity is a share of', async () => {
    const { name, schema } = SHOP_ACTIVITY;
    const row = { as_of: 1_795_400_877_074_000n, orders_7d: 1, orders_14d: 2, orders_28d: 4 };
    await fixture.lakeTable(name).overwrite({ schema, batches: [batchOfRows(schema, [row])] });
    await loadOnlineStore(ports);
    const [window] = await online.read([keys.popularityWindow]);
    expect(popularityWindowCodec.decode(window?.get(POPULARITY_WINDOW_FIELD) ?? '')).toEqual({
      asOf: 1_795_400_877_074,
      orders7d: 1,
      orders14d: 2,
      orders28d: 4,
    });
  });

  it('stops at its deadline', async () => {
    await writeInteractions([1, 7, 1]);
    await expect(loadOnlineStore({ ...ports, deadline: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'query_interrupted',
    });
  });
});
