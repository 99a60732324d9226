import { setTimeout as delay } from 'node:timers/promises';
import { Cluster, Redis } from 'ioredis';
import { messageOf, PlatformError } from '../errors.ts';
import type { RedisScript } from './redis-online-store-scripts.ts';
import type { RedisAddress } from './redis-online-store-url.ts';

/** Operations that may wait for Redis at once; beyond, the next one fails instead of taking memory. */
const MAX_WAITING = 10_000;
const FIRST_WAIT_MS = 25;
const LONGEST_WAIT_MS = 500;
const CONNECT_TIMEOUT_MS = 2_000;

/** Code of an operation's own wish to run again. */
export const LOAD_INCOMPLETE = 'online_load_incomplete';

/** Answers of a server that may take the same command later. https://redis.io/docs/latest/develop/clients/error-handling/ */
const PASSING_ERRORS =
  /^(LOADING|CLUSTERDOWN|READONLY|MASTERDOWN|TRYAGAIN|MOVED|ASK|BUSY|MISCONF|OOM|NOREPLICAS)\b/;

/**
 * One connection (on a cluster, one to each node) over which idempotent operations run.
 *
 * ioredis is told to give up what it has sent when a connection ends; the whole operation then runs again until its deadline.
 * So what runs is known here, nothing waits in ioredis for longer than one attempt to connect, and a deadline holds whether
 * Redis is absent, starting, frozen or changing masters.
 */
export class RedisConnection {
  readonly #address: RedisAddress;
  readonly #deadlineMs: number;
  readonly #client: Redis | Cluster;
  readonly #ends = new Set<(reason: PlatformError) => void>();
  #isClosed = false;
  #waiting = 0;
  #lastError: unknown = null;

  /** Connects with the first operation. `deadlineMs`: longest an operation takes, failures and repetitions included. */
  constructor(address: RedisAddress, deadlineMs: number) {
    this.#address = address;
    this.#deadlineMs = deadlineMs;
    this.#client = clientFor(address, deadlineMs);
    this.#client.on('error', (error) => {
      this.#lastError = error;
    });
  }

  /**
   * @throws PlatformError `online_store_unavailable` (retryable), `online_store_overloaded` (retryable),
   *   `online_store_refused`, `online_store_closed`
   */
  async run<T>(operation: (client: Redis | Cluster) => Promise<T>): Promise<T> {
    const giveUpAt = performance.now() + this.#deadlineMs;
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
      try {
        const value = await this.#before(giveUpAt, this.#start(operation));
        this.#lastError = null;
        return value;
      } catch (error) {
        if (error instanceof PlatformError && error.code !== LOAD_INCOMPLETE) throw error;
        if (!isPassing(error)) throw this.#refused(error);
        // Of a lost connection ioredis tells the reason as an event, and the operations only that it is lost.
        if (isReply(error)) this.#lastError = error;
        await this.#before(giveUpAt, delay(waitMs, undefined, { ref: false }));
      }
    }
  }

  /** A client of each server that holds a part of the data. */
  masters(): readonly Redis[] {
    return this.#client instanceof Cluster ? this.#client.nodes('master') : [this.#client];
  }

  /** Ends what is running, with `online_store_closed`. */
  close(): void {
    this.#isClosed = true;
    for (const end of this.#ends) end(closed());
    this.#client.disconnect();
  }

  async #start<T>(operation: (client: Redis | Cluster) => Promise<T>): Promise<T> {
    if (this.#isClosed) throw closed();
    if (this.#waiting >= MAX_WAITING) throw this.#overloaded();
    this.#waiting += 1;
    try {
      return await operation(this.#client);
    } finally {
      // When ioredis has let go of it, which may be after its caller has.
      this.#waiting -= 1;
    }
  }

  /** What the work comes to, unless the deadline or the end of the connection comes first. */
  #before<T>(giveUpAt: number, work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const end = (reason: PlatformError): void => {
        release();
        reject(reason);
      };
      const timer = setTimeout(() => end(this.#unavailable()), giveUpAt - performance.now());
      const release = (): void => {
        clearTimeout(timer);
        this.#ends.delete(end);
      };
      this.#ends.add(end);
      work.finally(release).then(resolve, reject);
    });
  }

  #unavailable(): PlatformError {
    const reason = this.#lastError === null ? 'it is silent' : messageOf(this.#lastError);
    return new PlatformError(
      'online_store_unavailable',
      `online store ${this.#address.name} did not answer in ${this.#deadlineMs} ms: ${reason}`,
      { retryable: true, cause: this.#lastError },
    );
  }

  #overloaded(): PlatformError {
    return new PlatformError(
      'online_store_overloaded',
      `${MAX_WAITING} operations wait for online store ${this.#address.name}, no further one is taken`,
      { retryable: true },
    );
  }

  #refused(cause: unknown): PlatformError {
    return new PlatformError(
      'online_store_refused',
      `online store ${this.#address.name} refused: ${messageOf(cause)}`,
      { cause },
    );
  }
}

/** Runs a script by its hash, or by its text where the server does not know it (yet, or since it started again). */
export async function runScript(
  client: Redis | Cluster,
  script: RedisScript,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<unknown> {
  try {
    return await client.evalsha(script.sha1, keys.length, ...keys, ...args);
  } catch (error) {
    if (!messageOf(error).startsWith('NOSCRIPT')) throw error;
    return client.eval(script.lua, keys.length, ...keys, ...args);
  }
}

/** The answers of all, once none is running any more: an operation that runs again must not meet itself. */
export async function settled<T>(running: readonly Promise<T>[]): Promise<readonly T[]> {
  const results = await Promise.allSettled(running);
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

function clientFor(address: RedisAddress, deadlineMs: number): Redis | Cluster {
  const options = {
    ...(address.username === null ? {} : { username: address.username }),
    ...(address.password === null ? {} : { password: address.password }),
    ...(address.tls ? { tls: {} } : {}),
    connectTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: deadlineMs,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
  };
  const retryWait = (times: number): number => Math.min(FIRST_WAIT_MS * 2 ** times, LONGEST_WAIT_MS);
  if (!address.isCluster) {
    return new Redis({
      ...options,
      ...address.nodes[0],
      db: address.db,
      lazyConnect: true,
      retryStrategy: retryWait,
    });
  }
  return new Cluster([...address.nodes], {
    redisOptions: options,
    lazyConnect: true,
    clusterRetryStrategy: retryWait,
    // The certificates of a cluster name hosts: nothing is gained by resolving them first.
    ...(address.tls ? { dnsLookup: (host, callback) => callback(null, host) } : {}),
  });
}

/** Anything but an answer of the server is a matter of the connection. */
function isPassing(error: unknown): boolean {
  return !isReply(error) || PASSING_ERRORS.test(error.message);
}

function isReply(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

function closed(): PlatformError {
  return new PlatformError('online_store_closed', 'the online store is closed');
}
