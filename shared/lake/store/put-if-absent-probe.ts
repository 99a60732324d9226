import { PlatformError } from '../../errors.ts';
import type { ObjectStore } from './object-store.ts';

/** Objects of probes that were killed may stay there; no table has this path. */
const PROBE_FOLDER = '.put-if-absent-probe';

const asked = new WeakMap<ObjectStore, Promise<void>>();

/**
 * Refuses a store that does not keep the promise of `putIfAbsent`, with which concurrent writers would overwrite each
 * other's commits: `lake_store_unsafe`. Each store is asked once, by creating one object twice; one that says it has been
 * (`createsExclusively`) is not.
 */
export function requirePutIfAbsent(store: ObjectStore, newId: () => string): Promise<void> {
  if (store.createsExclusively === true) return Promise.resolve();
  const known = asked.get(store);
  if (known !== undefined) return known;
  const asking = probePutIfAbsent(store, newId());
  asked.set(store, asking);
  // A store that could not be asked is asked again by the next write.
  asking.catch(() => asked.delete(store));
  return asking;
}

/** `id`: a UUID that no other probe has. */
export async function probePutIfAbsent(store: ObjectStore, id: string): Promise<void> {
  const path = `${PROBE_FOLDER}/${id}`;
  const [first, second] = ['first', 'second'].map((text) => new TextEncoder().encode(text)) as [
    Uint8Array,
    Uint8Array,
  ];
  const outcomes = [await store.putIfAbsent(path, first), await store.putIfAbsent(path, second)];
  const kept = await store.get(path);
  await store.delete(path);
  if (outcomes.join() === 'created,exists' && kept !== null && new TextDecoder().decode(kept) === 'first')
    return;
  throw new PlatformError(
    'lake_store_unsafe',
    `the store at ${store.uri(path)} does not create objects exclusively: two creations of one object were answered with ${outcomes.join(' and ')}, so that concurrent writers would overwrite commits · use a store that keeps put-if-absent`,
  );
}
