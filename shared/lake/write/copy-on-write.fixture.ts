/** For the tests of writes that depend on the rows of their table. */
import { loadSnapshot } from '../log/log-reader.ts';
import type { Value } from '../schema/batch.ts';
import type { Predicate } from '../schema/predicate.ts';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { countingEnvironment, idsOf, orders } from '../testing.ts';
import { openTable, type Table } from './table.ts';

export function idIs(value: number): Predicate {
  return { op: '=', column: 'id', value };
}

/** Table `t` with one file for each list of ids. */
export async function tableOf(
  ...commits: readonly (readonly number[])[]
): Promise<{ store: ObjectStore; table: Table }> {
  const store = memoryObjectStore();
  const table = openTable(store, 't', countingEnvironment());
  for (const ids of commits) await table.append(orders(...ids));
  return { store, table };
}

export async function newestIds(store: ObjectStore): Promise<Value[]> {
  return idsOf(store, await loadSnapshot(store, 't'));
}

/** Paths of the data files of the newest version. */
export async function filesOf(store: ObjectStore): Promise<string[]> {
  return [...(await loadSnapshot(store, 't')).files].map(({ path }) => path);
}
