import { describe, expect, it } from 'vitest';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { countingEnvironment, orders } from '../testing.ts';
import { openTable } from '../write/table.ts';
import { unusedSidecars } from './unused-sidecars.ts';

const DAY = 86_400_000;
const UUID = '80a083e8-7026-4e79-81be-64bd76c43a11';
const sidecar = (name: string) => `t/_delta_log/_sidecars/${name}.parquet`;

/** A store with two V2 checkpoints in JSON, of versions 5 and 9, that name the sidecars `a`, `b` and `b`, `c`. */
async function v2Log(): Promise<{ store: ObjectStore; clock: { now: number } }> {
  const clock = { now: 0 };
  const store = memoryObjectStore(() => clock.now);
  const put = (path: string, lines: readonly unknown[]) =>
    store.put(path, new TextEncoder().encode(lines.map((line) => `${JSON.stringify(line)}\n`).join('')));
  for (const name of ['a', 'b', 'c', 'orphan']) await store.put(sidecar(name), new Uint8Array());
  const naming = (...names: readonly string[]) => [
    { checkpointMetadata: { version: 5 } },
    ...names.map((name) => ({ sidecar: { path: `${name}.parquet`, sizeInBytes: 0, modificationTime: 0 } })),
  ];
  await put(`t/_delta_log/00000000000000000005.checkpoint.${UUID}.json`, naming('a', 'b'));
  await put(`t/_delta_log/00000000000000000009.checkpoint.${UUID}.json`, naming('b', 'c'));
  return { store, clock };
}

const unused = async (store: ObjectStore, now: number, without: string) => {
  const listed = (await store.list('t/_delta_log/')).filter(({ path }) => !path.includes(without));
  return unusedSidecars(store, 't', listed, now);
};

describe('sidecars', () => {
  it('are unused where no checkpoint that is kept names them', async () => {
    const { store } = await v2Log();
    expect(await unused(store, 2 * DAY, 'nothing')).toEqual([sidecar('orphan')]);
    expect(await unused(store, 2 * DAY, '00005.checkpoint')).toEqual([sidecar('a'), sidecar('orphan')]);
  });

  it('are left for a day, since they are written before the checkpoint that names them', async () => {
    const { store } = await v2Log();
    expect(await unused(store, DAY, 'nothing')).toEqual([]);
  });

  it('are not asked for where there are none', async () => {
    const store = memoryObjectStore();
    const table = openTable(store, 't', countingEnvironment());
    for (let id = 0; id <= 10; id++) await table.append(orders(id));
    const silent: ObjectStore = {
      ...store,
      get: async (path) => {
        throw new Error(`${path} was read`);
      },
    };
    expect(await unusedSidecars(silent, 't', await store.list('t/_delta_log/'), 9 * DAY)).toEqual([]);
  });

  it('are not kept by a checkpoint in Parquet that names none', async () => {
    const { store } = await v2Log();
    const table = openTable(store, 'other', countingEnvironment());
    for (let id = 0; id <= 10; id++) await table.append(orders(id));
    const classic = (await store.get('other/_delta_log/00000000000000000010.checkpoint.parquet'))!;
    await store.put('t/_delta_log/00000000000000000010.checkpoint.parquet', classic);
    expect(await unused(store, 2 * DAY, '00009.checkpoint')).toEqual([sidecar('c'), sidecar('orphan')]);
  });
});
