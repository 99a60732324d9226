import { randomUUID } from 'node:crypto';
import {
  memoryObjectStore,
  openTable,
  readSnapshot,
  rowsOfBatch,
  type Table,
  type Value,
} from '../lake/index.ts';

/** A lakehouse in memory, through the real Delta writer and reader. */
export function memoryLake() {
  const store = memoryObjectStore();
  // A handle of its own for every caller, as separate processes have.
  const table = (path: string): Table =>
    openTable(store, path, {
      now: Date.now,
      newId: randomUUID,
      random: Math.random,
      sleep: () => new Promise((resolve) => setImmediate(resolve)),
    });
  return {
    store,
    table,
    /** All rows of the newest version; [] where there is no table. */
    rows: async (path: string): Promise<Record<string, Value>[]> => {
      const snapshot = await table(path).snapshot();
      const rows: Record<string, Value>[] = [];
      if (snapshot === null) return rows;
      for await (const batch of readSnapshot(store, snapshot)) rows.push(...rowsOfBatch(batch));
      return rows;
    },
  };
}
