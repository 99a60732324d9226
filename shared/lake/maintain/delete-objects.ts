import type { ObjectStore } from '../store/object-store.ts';

/** Deletions under way at once: a store answers each in some milliseconds, and there may be a hundred thousand. */
const AT_ONCE = 32;

/** Deletes in the order of `paths`, some at a time. `onDeleted` is told how many are gone, after each group. */
export async function deleteObjects(
  store: ObjectStore,
  paths: readonly string[],
  onDeleted: (done: number) => void = () => {},
): Promise<void> {
  for (let start = 0; start < paths.length; start += AT_ONCE) {
    const group = paths.slice(start, start + AT_ONCE);
    await Promise.all(group.map((path) => store.delete(path)));
    onDeleted(start + group.length);
  }
}
