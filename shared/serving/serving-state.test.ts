import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openLmdbOnlineStore } from '../adapters/lmdb-online-store.ts';
import type { ControlTable } from '../control/index.ts';
import { createMemoryControlTable } from '../control/memory-control-table.ts';
import { type EpochMillis, epochMillis } from '../domain/index.ts';
import { messageOf, PlatformError } from '../errors.ts';
import { memoryObjectStore, type ObjectStore } from '../lake/index.ts';
import type { OnlineStore } from '../online/index.ts';
import { modelFolder } from '../tables/index.ts';
import { fillOnlineStore, NOW, ORDERS, promoteModel, putPopularity } from '../testing/tea-and-coffee.ts';
import { type ServingState, servingStateReader } from './serving-state.ts';

/** Longer than anything is believed. */
const LATER_MS = 2_001;

let folder: string;
let online: OnlineStore;
let controlTable: ControlTable;
let store: ObjectStore;
let now: EpochMillis;
/** Parts that cannot be reached. */
let unreachable: Set<'control table' | 'object store' | 'online store'>;
let complaints: string[];
let modelReads: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'serving-'));
  online = openLmdbOnlineStore({ path: folder });
  await fillOnlineStore(online);
  controlTable = createMemoryControlTable();
  store = memoryObjectStore();
  now = NOW;
  unreachable = new Set();
  complaints = [];
  modelReads = 0;
});
afterEach(async () => {
  await online.close();
  await rm(folder, { recursive: true, force: true });
});

function reader(): () => Promise<ServingState> {
  const reach = async <Part>(name: 'control table' | 'object store' | 'online store', part: Part) => {
    if (unreachable.has(name)) throw new PlatformError('unreachable', `the ${name} cannot be reached`);
    return part;
  };
  return servingStateReader({
    controlTable: () => reach('control table', controlTable),
    objectStore: () => {
      modelReads += 1;
      return reach('object store', store);
    },
    online: () => reach('online store', online),
    now: () => now,
    onStale: (error) => complaints.push(messageOf(error)),
  });
}

/** What requests see once the background has read again. */
async function seenAfter(
  ms: number,
  state: () => Promise<ServingState>,
  version: string | null,
): Promise<void> {
  now = epochMillis(now + ms);
  await vi.waitFor(async () => expect((await state()).modelVersion).toBe(version));
}

describe('servingStateReader', () => {
  it('serves without a model and without features, and takes up what comes', async () => {
    const empty = openLmdbOnlineStore({ path: join(folder, 'empty') });
    const state = servingStateReader({
      controlTable: async () => controlTable,
      objectStore: async () => store,
      online: async () => empty,
      now: () => now,
      onStale: (error) => complaints.push(messageOf(error)),
    });
    expect(await state()).toMatchObject({ modelVersion: null, featuresAsOf: null });
    await promoteModel('v1', { store, controlTable });
    await putPopularity(empty, ORDERS, NOW);
    await seenAfter(LATER_MS, state, 'v1');
    expect((await state()).featuresAsOf).toBe(NOW);
    expect(complaints).toEqual([]);
    await empty.close();
  });

  it('shows a promotion once what it read is too old, not before', async () => {
    await promoteModel('v1', { store, controlTable });
    const state = reader();
    expect((await state()).modelVersion).toBe('v1');
    await promoteModel('v2', { store, controlTable });
    now = epochMillis(now + 2_000);
    const first = await state();
    // Had that asked for anything, it would be there after this.
    await new Promise((resolve) => setImmediate(resolve));
    expect(await state()).toBe(first);
    expect(modelReads).toBe(1);
    await seenAfter(1, state, 'v2');
  });

  it('decodes a model once', async () => {
    await promoteModel('v1', { store, controlTable });
    const state = reader();
    const first = await state();
    now = epochMillis(now + LATER_MS);
    await vi.waitFor(async () => expect(await state()).not.toBe(first));
    expect((await state()).ranker.items).toBe(first.ranker.items);
    expect(modelReads).toBe(1);
  });

  it.each(['control table', 'online store'] as const)(
    'goes on from memory while the %s is away',
    async (part) => {
      await promoteModel('v1', { store, controlTable });
      const state = reader();
      const first = await state();
      unreachable.add(part);
      await promoteModel('v2', { store, controlTable });
      now = epochMillis(now + LATER_MS);
      expect(await state()).toBe(first);
      await vi.waitFor(() => expect(complaints).toEqual([`the ${part} cannot be reached`]));
      // Asked for again only when as much time has passed again.
      expect(await state()).toBe(first);
      expect(complaints).toHaveLength(1);
      unreachable.clear();
      await seenAfter(LATER_MS, state, 'v2');
    },
  );

  it('keeps the model that it has while a newer one cannot be read, or is damaged', async () => {
    await promoteModel('v1', { store, controlTable });
    const state = reader();
    const first = await state();
    unreachable.add('object store');
    await promoteModel('v2', { store, controlTable });
    now = epochMillis(now + LATER_MS);
    expect(await state()).toBe(first);
    await vi.waitFor(() => expect(complaints).toEqual(['the object store cannot be reached']));

    unreachable.clear();
    await store.put(`${modelFolder('v2')}/manifest.json`, Buffer.from('{}'));
    now = epochMillis(now + LATER_MS);
    expect(await state()).toBe(first);
    await vi.waitFor(() => expect(complaints).toHaveLength(2));
    expect(await state()).toBe(first);
  });

  it('refuses the first request where it can read nothing, and tries again at the next', async () => {
    const state = reader();
    unreachable.add('control table');
    await expect(state()).rejects.toThrow('the control table cannot be reached');
    unreachable.clear();
    expect(await state()).toMatchObject({ modelVersion: null, featuresAsOf: NOW });
  });

  it('reads once for requests that come together', async () => {
    await promoteModel('v1', { store, controlTable });
    const state = reader();
    const states = await Promise.all([state(), state(), state()]);
    expect(new Set(states).size).toBe(1);
    expect(modelReads).toBe(1);
  });

  it('keeps its ranker while nothing was loaded anew, and takes up new counts', async () => {
    const state = reader();
    const first = await state();
    now = epochMillis(now + LATER_MS);
    await vi.waitFor(async () => expect(await state()).not.toBe(first));
    expect((await state()).ranker).toBe(first.ranker);
    await putPopularity(online, ORDERS.slice(1), epochMillis(NOW + LATER_MS));
    now = epochMillis(now + LATER_MS);
    await vi.waitFor(async () => expect((await state()).ranker).not.toBe(first.ranker));
    expect((await state()).featuresAsOf).toBe(NOW + LATER_MS);
  });
});
