import { setMaxListeners } from 'node:events';
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

/** Answers of a server that may take the same command later. https://redis.io/docs/latest/develop/clients/error-handling/ */
const PASSING_ERRORS =
  /^(LOADING|CLUSTERDOWN|READONLY|MASTERDOWN|TRYAGAIN|MOVED|ASK|BUSY|MISCONF|OOM|NOREPLICAS)\b/;

/**
 * One connection (on a cluster, one to each node) over which idempotent operations run.
 *
 * ioredis is told to give up what it has sent when a connection ends; the whole operation then runs again until its deadline.
 * So what runs is known here, nothing is sent after its caller has gone away, and a deadline holds whether Redis
 * is absent, starting, frozen or changing masters.
 */
export class RedisConnection {
  readonly #address: RedisAddress;
  readonly #deadlineMs: number;
  readonly #client: Redis | Cluster;
  readonly #closing = new AbortController();
  #waiting = 0;
  #lastError: unknown = null;

  /** Connects with the first operation. `deadlineMs`: longest an operation takes, failures and repetitions included. */
  constructor(address: RedisAddress, deadlineMs: number) {
    this.#address = address;
    this.#deadlineMs = deadlineMs;
    this.#client = clientFor(address, deadlineMs);
    // One per running operation.
    setMaxListeners(0, this.#closing.signal);
    this.#client.on('error', (error) => {
      this.#lastError = error;
    });
  }

  /**
   * @throws PlatformError `online_store_unavailable` (retryable), `online_store_overloaded` (retryable),
   *   `online_store_refused`, `online_store_closed`
   */
  async run<T>(operation: (client: Redis | Cluster) => Promise<T>): Promise<T> {
    const giveUp = AbortSignal.timeout(this.#deadlineMs);
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
      this.#checkOpen();
      const attempt = await this.#attempt(operation, giveUp);
      if ('value' in attempt) return attempt.value;
      this.#checkOpen();
      if (giveUp.aborted) throw this.#unavailable(attempt.error);
      if (!isPassing(attempt.error)) throw this.#refused(attempt.error);
      await delay(waitMs, null, { signal: this.#closing.signal }).catch(() => this.#checkOpen());
    }
  }

  /** A client of each server that holds a part of the data. */
  masters(): readonly Redis[] {
    return this.#client instanceof Cluster ? this.#client.nodes('master') : [this.#client];
  }

  /** Ends what is running, with `online_store_closed`. */
  close(): void {
    this.#closing.abort();
    this.#client.disconnect();
  }

  async #attempt<T>(
    operation: (client: Redis | Cluster) => Promise<T>,
    giveUp: AbortSignal,
  ): Promise<{ readonly value: T } | { readonly error: unknown }> {
    if (this.#waiting >= MAX_WAITING) throw this.#overloaded();
    this.#waiting += 1;
    // Counted until ioredis has let go of it, which may be after its caller has.
    const running = operation(this.#client).finally(() => {
      this.#waiting -= 1;
    });
    const ends = aborted([giveUp, this.#closing.signal]);
    try {
      return { value: await Promise.race([running, ends.promise]) };
    } catch (error) {
      return { error };
    } finally {
      ends.release();
    }
  }

  #checkOpen(): void {
    if (this.#closing.signal.aborted) {
      throw new PlatformError('online_store_closed', 'the online store is closed');
    }
  }

  #unavailable(cause: unknown): PlatformError {
    const reason = messageOf(this.#lastError ?? cause);
    return new PlatformError(
      'online_store_unavailable',
      `online store ${this.#address.name} did not answer in ${this.#deadlineMs} ms: ${reason}`,
      { retryable: true, cause },
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
  return !(error instanceof Error) || error.name !== 'ReplyError' || PASSING_ERRORS.test(error.message);
}

/** Rejects when one of the signals is aborted. */
function aborted(signals: readonly AbortSignal[]): {
  readonly promise: Promise<never>;
  release(): void;
} {
  let abort: (() => void) | undefined;
  const promise = new Promise<never>((_, reject) => {
    abort = () => reject(new PlatformError('online_store_no_answer', 'no answer'));
    for (const signal of signals) {
      if (signal.aborted) abort();
      signal.addEventListener('abort', abort);
    }
  });
  const release = (): void => {
    for (const signal of signals) if (abort !== undefined) signal.removeEventListener('abort', abort);
  };
  return { promise, release };
}
