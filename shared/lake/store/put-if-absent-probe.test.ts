import { describe, expect, it } from 'vitest';
import { countingEnvironment, orders } from '../testing.ts';
import { openTable } from '../write/table.ts';
import { memoryObjectStore } from './memory-object-store.ts';
import type { ObjectStore } from './object-store.ts';
import { requirePutIfAbsent } from './put-if-absent-probe.ts';

/** A store that does not say whether it creates exclusively. */
function silent(overrides: Partial<ObjectStore> = {}): ObjectStore & { readonly creations: () => number } {
  const { createsExclusively: _, ...store } = memoryObjectStore();
  let creations = 0;
  const putIfAbsent = overrides.putIfAbsent ?? store.putIfAbsent;
  return {
    ...store,
    ...overrides,
    putIfAbsent: (path, bytes) => {
      creations++;
      return putIfAbsent(path, bytes);
    },
    creations: () => creations,
  };
}

/** As a server does that ignores `If-None-Match`. */
function replacing(): ObjectStore {
  const store = silent();
  return {
    ...store,
    putIfAbsent: async (path, bytes) => {
      await store.put(path, bytes);
      return 'created';
    },
  };
}

const newId = () => '0f8fad5b-d9cb-469f-a165-70867728950e';

describe('a store that does not say that it creates exclusively', () => {
  it('is put to the test once, by the first write, and keeps nothing of it', async () => {
    const store = silent();
    const table = openTable(store, 't', countingEnvironment());
    await Promise.all([table.append(orders(1)), table.append(orders(2))]);
    expect(store.creations()).toBe(2 + 2);
    expect((await store.list('')).map(({ path }) => path).filter((path) => path.includes('probe'))).toEqual(
      [],
    );
  });

  it.each<[string, ObjectStore]>([
    ['replaces', replacing()],
    ['says that it exists what was not there', silent({ putIfAbsent: async () => 'exists' })],
  ])('and %s is refused before anything is written', async (_, store) => {
    const table = openTable(store, 't', countingEnvironment());
    await expect(table.append(orders(1))).rejects.toMatchObject({ code: 'lake_store_unsafe' });
    await expect(table.merge({ ...orders(1), key: ['id'], upserts: [] })).rejects.toMatchObject({
      code: 'lake_store_unsafe',
    });
    expect(await store.list('')).toEqual([]);
  });

  it('may be read', async () => {
    expect(await openTable(replacing(), 't', countingEnvironment()).snapshot()).toBeNull();
  });

  it('that could not be asked is asked again', async () => {
    const memory = memoryObjectStore();
    let failures = 1;
    const store = silent({
      putIfAbsent: async (path, bytes) => {
        if (failures-- > 0) throw new Error('no connection');
        return memory.putIfAbsent(path, bytes);
      },
      get: memory.get,
    });
    await expect(requirePutIfAbsent(store, newId)).rejects.toThrow('no connection');
    await expect(requirePutIfAbsent(store, newId)).resolves.toBeUndefined();
  });
});
