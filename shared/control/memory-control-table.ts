import type { ControlItem, ControlKey, ControlTable } from './control-table.ts';

/** The port in memory, for tests of what stands on it; passes the same contract as the durable adapters. */
export function createMemoryControlTable(): ControlTable {
  const items = new Map<string, ControlItem>();
  return {
    get: async (key) => structuredClone(items.get(address(key)) ?? null),

    put: async (key, value, expectedVersion) => {
      const current = items.get(address(key)) ?? null;
      if ((current?.version ?? null) !== expectedVersion) {
        return { outcome: 'conflict', current: structuredClone(current) };
      }
      const version = (expectedVersion ?? 0) + 1;
      // Through JSON text, so that nothing is stored that the durable adapters could not store.
      items.set(address(key), { ...key, version, value: JSON.parse(JSON.stringify(value)) });
      return { outcome: 'stored', version };
    },

    query: async ({ partition, sortPrefix = '', order = 'first-first', limit }) => {
      const found = [...items.values()]
        .filter((item) => item.partition === partition && item.sort.startsWith(sortPrefix))
        .sort((a, b) => Buffer.compare(Buffer.from(a.sort), Buffer.from(b.sort)));
      if (order === 'last-first') found.reverse();
      return structuredClone(found.slice(0, limit));
    },

    close: async () => {},
  };
}

function address(key: ControlKey): string {
  return JSON.stringify([key.partition, key.sort]);
}
