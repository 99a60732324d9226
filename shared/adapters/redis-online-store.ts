import type { Cluster, Redis } from 'ioredis';
import type { RowVersion } from '../domain/index.ts';
import { PlatformError } from '../errors.ts';
import type { Contribution, FieldName, FieldWrite, OnlineHash, OnlineStore } from '../online/index.ts';
import { RedisConnection, runScript, settled } from './redis-online-store-connection.ts';
import { type OnlineStoreWarning, warningsAbout } from './redis-online-store-durability.ts';
import { hashKeys, shardKeys } from './redis-online-store-keys.ts';
import { replaceInParts, replaceWhole } from './redis-online-store-replace.ts';
import { CONTRIBUTE, PUBLISH, PUT_FIELDS, SETTLE } from './redis-online-store-scripts.ts';
import { parseRedisUrl } from './redis-online-store-url.ts';

export type { OnlineStoreWarning } from './redis-online-store-durability.ts';

export interface RedisOnlineStoreOptions {
  /** `redis://`, `rediss://`, `redis+cluster://host:port,host:port` or `rediss+cluster://`. */
  readonly url: string;
  /** Told what weakens the promises of the store. Default: a warning of the process. */
  readonly onWarning?: (warning: OnlineStoreWarning) => void;
  /** Longest a read takes before it fails with a retryable error. Default 2,000. */
  readonly readDeadlineMs?: number;
  /** Longest a write goes on trying. Default 30,000. */
  readonly writeDeadlineMs?: number;
  /** A window that nothing was contributed to for so long is dropped; null keeps it. Default null. */
  readonly keepWindowsMs?: number | null;
}

/** Fields or facts in one script call: a few milliseconds of the server, in which it does nothing else. */
const ITEMS_PER_CALL = 500;
/** Fields on their way at once: bounds what a write of any size takes of the memory here and of the buffers there. */
const FIELDS_UNDER_WAY = 5_000;

/**
 * Online store in Redis 6.2 or later, Valkey, or a cluster of either; see decision 0009.
 * Resolves whether or not the server can be reached: what runs on it fails with a retryable error until it can.
 * @throws PlatformError `invalid_online_store_url`
 */
export async function openRedisOnlineStore(options: RedisOnlineStoreOptions): Promise<OnlineStore> {
  const store = new RedisOnlineStore(options);
  for (const warning of await store.warnings()) (options.onWarning ?? warnProcess)(warning);
  return store;
}

class RedisOnlineStore implements OnlineStore {
  /** Apart, so that a request does not wait behind a bulk load. */
  readonly #reads: RedisConnection;
  readonly #writes: RedisConnection;
  readonly #keepWindowsMs: number;

  constructor(options: RedisOnlineStoreOptions) {
    const address = parseRedisUrl(options.url);
    this.#reads = new RedisConnection(address, options.readDeadlineMs ?? 2_000);
    this.#writes = new RedisConnection(address, options.writeDeadlineMs ?? 30_000);
    this.#keepWindowsMs = options.keepWindowsMs ?? 0;
  }

  async warnings(): Promise<readonly OnlineStoreWarning[]> {
    try {
      await this.#reads.run((client) => client.ping());
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error;
      return [{ code: 'online_store_settings_unknown', message: error.message }];
    }
    return (await Promise.all(this.#reads.masters().map(warningsAbout))).flat();
  }

  async read(keys: readonly string[]): Promise<readonly OnlineHash[]> {
    return this.#reads.run(async (client) => {
      const hashes = await settled(keys.map((key) => client.hgetall(hashKeys.hash(key))));
      return hashes.map((hash) => new Map(Object.entries(hash)));
    });
  }

  async readFields(fields: readonly FieldName[]): Promise<readonly (string | null)[]> {
    return this.#reads.run((client) =>
      settled(fields.map(({ key, field }) => client.hget(hashKeys.hash(key), field))),
    );
  }

  async putFields(writes: readonly FieldWrite[]): Promise<void> {
    for (const { version } of writes) checkVersion(version);
    for (const underWay of chunks(writes, FIELDS_UNDER_WAY)) {
      const calls = [...groupBy(underWay, (write) => write.key)].flatMap(([key, ofKey]) =>
        [...chunks(ofKey, ITEMS_PER_CALL)].map((chunk) => ({ key, args: chunk.flatMap(writeArguments) })),
      );
      await this.#writes.run((client) =>
        settled(
          calls.map(({ key, args }) =>
            runScript(client, PUT_FIELDS, [hashKeys.hash(key), hashKeys.versions(key)], args),
          ),
        ),
      );
    }
  }

  /**
   * The shard's facts and sums change first, in its own hash slot, where the windows that are to show a new sum are noted as
   * well; then each window takes the sum, in its slot. Whatever ends in between is finished by the shard's next contribution.
   */
  async contribute(shard: string, facts: readonly Contribution[]): Promise<void> {
    for (const { version } of facts) checkVersion(version);
    for (const chunk of chunks(newestOf(facts), ITEMS_PER_CALL)) await this.#contribute(shard, chunk);
  }

  async replace(hashes: Iterable<readonly [key: string, hash: OnlineHash]>): Promise<void> {
    let small = new Map<string, OnlineHash>();
    let fields = 0;
    const flush = async (): Promise<void> => {
      const batch = [...small];
      small = new Map();
      fields = 0;
      await this.#writes.run((client) =>
        settled(batch.map(([key, hash]) => replaceWhole(client, key, hash))),
      );
    };
    for (const [key, hash] of hashes) {
      if (hash.size > FIELDS_UNDER_WAY) {
        await flush();
        await this.#writes.run((client) => replaceInParts(client, key, hash));
        continue;
      }
      // The last hash given for a key is the one that stays.
      small.set(key, hash);
      fields += hash.size + 1;
      if (fields >= FIELDS_UNDER_WAY) await flush();
    }
    await flush();
  }

  async close(): Promise<void> {
    this.#reads.close();
    this.#writes.close();
  }

  async #contribute(shard: string, facts: readonly Contribution[]): Promise<void> {
    await this.#writes.run(async (client) => {
      const keys = [shardKeys.facts(shard), shardKeys.sums(shard), shardKeys.unpublished(shard)];
      const answer = await runScript(client, CONTRIBUTE, keys, facts.flatMap(factArguments));
      const windows = pairs(answer as string[]);
      for (const chunk of chunks(windows, FIELDS_UNDER_WAY)) {
        await settled(chunk.map(([window, sum]) => this.#publish(client, shard, window, sum)));
        const shown = chunk.flatMap(([window, sum]) => [window, sum.slice(0, sum.indexOf(' '))]);
        await runScript(client, SETTLE, [shardKeys.unpublished(shard)], shown);
      }
    });
  }
  async #publish(client: Redis | Cluster, shard: string, window: string, sum: string): Promise<void> {
    const keys = [hashKeys.hash(window), hashKeys.shares(window)];
    await runScript(client, PUBLISH, keys, [shard, sum, this.#keepWindowsMs]);
  }
}

function writeArguments({ field, version, value }: FieldWrite): string[] {
  return [field, version.toString(), value === null ? '0' : '1', value ?? ''];
}

function factArguments({ fact, version, adds }: Contribution): string[] {
  const json = JSON.stringify(adds.map(({ key, field, amount }) => [key, field, amount.toString()]));
  return [fact, version.toString(), json];
}

function newestOf(facts: readonly Contribution[]): readonly Contribution[] {
  const newest = new Map<string, Contribution>();
  for (const fact of facts) {
    const known = newest.get(fact.fact);
    if (known === undefined || fact.version > known.version) newest.set(fact.fact, fact);
  }
  return [...newest.values()];
}

function checkVersion(version: RowVersion): void {
  if (version >= 0n) return;
  throw new PlatformError('invalid_version', `a row version must not be negative, got ${version}`);
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

function* chunks<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size);
}

/** An answer of the form name, value, name, value, … */
function pairs(flat: readonly string[]): readonly (readonly [name: string, value: string])[] {
  return flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1] ?? ''] as const] : []));
}

function warnProcess({ code, message }: OnlineStoreWarning): void {
  process.emitWarning(message, { type: 'OnlineStoreWarning', code });
}
