import { randomUUID } from 'node:crypto';
import type { Cluster, Redis } from 'ioredis';
import { PlatformError } from '../errors.ts';
import type { OnlineHash } from '../online/index.ts';
import { LOAD_INCOMPLETE, runScript, settled } from './redis-online-store-connection.ts';
import { hashKeys } from './redis-online-store-keys.ts';
import { FINISH_LOAD, LOAD, REPLACE } from './redis-online-store-scripts.ts';

/** About a millisecond of the server. */
const FIELDS_PER_CALL = 1_000;
const CALLS_UNDER_WAY = 5;
/** A load that its program did not finish is dropped after so long. */
const KEEP_LOAD_MS = 3_600_000;

/** Replaces a hash by one script call. */
export async function replaceWhole(client: Redis | Cluster, key: string, hash: OnlineHash): Promise<void> {
  await runScript(client, REPLACE, [hashKeys.hash(key)], [...hash].flat());
}

/**
 * Replaces a hash that is too large for one call: its fields are loaded under a name of their own, which then takes the place
 * of the hash at once. A call that is repeated because its answer was lost finds nothing to finish; the whole load is
 * repeated then, under another name.
 * @throws PlatformError `online_load_incomplete` (retryable)
 */
export async function replaceInParts(client: Redis | Cluster, key: string, hash: OnlineHash): Promise<void> {
  const loading = hashKeys.loading(key, randomUUID());
  let calls: Promise<unknown>[] = [];
  for (const part of partsOf(hash)) {
    calls.push(runScript(client, LOAD, [loading], [KEEP_LOAD_MS, ...part]));
    if (calls.length < CALLS_UNDER_WAY) continue;
    await settled(calls);
    calls = [];
  }
  await settled(calls);
  const isComplete = await runScript(client, FINISH_LOAD, [hashKeys.hash(key), loading], [hash.size]);
  if (isComplete === 1) return;
  throw new PlatformError(
    LOAD_INCOMPLETE,
    `of the ${hash.size} fields of ${key.slice(0, 80)} some were lost on their way`,
    { retryable: true },
  );
}

function* partsOf(hash: OnlineHash): Generator<readonly string[]> {
  let part: string[] = [];
  for (const [field, value] of hash) {
    part.push(field, value);
    if (part.length < 2 * FIELDS_PER_CALL) continue;
    yield part;
    part = [];
  }
  if (part.length > 0) yield part;
}
