import { EventEmitter, once } from 'node:events';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Contribution, FieldWrite, OnlineStore } from '../online/index.ts';
import { fact, newestFields, put, readFrom, sums } from '../online/online-store-model.ts';
import { openRedisOnlineStore } from './redis-online-store.ts';
import { startRedis } from './redis-test-servers.ts';

const KILLS = 20;
const BATCHES = 2_000;
const WORKERS = 4;
/** So many that few change again: a later change of a window would mend what a kill had broken. */
const WINDOWS = Array.from({ length: 1_000 }, (_, window) => window);

type Amounts = readonly (readonly [window: number, field: number, amount: bigint])[];
/** One version of one fact has one content, as one change of one row has. */
interface FactVersion {
  readonly id: number;
  readonly version: bigint;
  readonly amounts: Amounts;
}

it(`loses and repeats nothing over ${KILLS} kills of the server, with as many clients that die amid a write`, async () => {
  const redis = await startRedis();
  const batches = fc.sample(batch, { numRuns: BATCHES, seed: 20_261_123 });
  const progress = new EventEmitter();
  let next = 0;
  let delivered = 0;

  const stores: OnlineStore[] = [];
  const openOne = async (worker: number): Promise<void> => {
    stores[worker] = await openRedisOnlineStore({ url: redis.url, onWarning: () => undefined });
  };
  const worker = async (id: number): Promise<void> => {
    for (let at = next++; at < batches.length; at = next++) {
      await deliver(batches[at] ?? [], at, id);
      delivered += 1;
      progress.emit('delivered');
    }
  };
  /** As a consumer does: the batch comes again until it was taken whole, to a new client when the old one died. */
  const deliver = async (items: readonly Item[], at: number, id: number): Promise<void> => {
    for (;;) {
      try {
        await apply(stores[id] as OnlineStore, items, at, id);
        return;
      } catch (error) {
        expect(error).toMatchObject({ code: 'online_store_closed' });
        await openOne(id);
      }
    }
  };

  try {
    for (let id = 0; id < WORKERS; id += 1) await openOne(id);
    const working = Promise.all(Array.from({ length: WORKERS }, (_, id) => worker(id)));
    for (let kill = 1; kill <= KILLS; kill += 1) {
      while (delivered < (kill * BATCHES) / (KILLS + 1))
        await Promise.race([once(progress, 'delivered'), working]);
      await stores[kill % WORKERS]?.close();
      await redis.signal('SIGKILL');
      await redis.start();
    }
    await working;
    for (let id = 0; id < WORKERS; id += 1) await openOne(id);
    const [store] = stores as [OnlineStore];
    const all = batches.flat();
    expect(await readFrom(store, 'fields')).toEqual(newestFields(all.flatMap(({ write }) => write)));
    const read = await store.read(WINDOWS.map((window) => `w${window}`));
    const newest = newestAmounts(all.map((item) => item.fact));
    expect(read.map((hash) => Object.fromEntries(hash))).toEqual(
      WINDOWS.map((window) => sums(newest, window)),
    );
    const replaced = await store.read(Array.from({ length: WORKERS }, (_, id) => `bulk:${id}`));
    for (const hash of replaced) {
      const at = Number(hash.get('at'));
      expect(hash).toEqual(bulkOf(at));
    }
  } finally {
    for (const store of stores) await store.close();
    await redis.stop();
  }
});

interface Item {
  readonly write: FieldWrite;
  readonly fact: FactVersion;
}

const item: fc.Arbitrary<Item> = fc
  .record({ field: fc.nat(40), id: fc.nat(400), version: fc.nat(500) })
  .map(({ field, id, version }) => ({
    write: put('fields', `f${field}`, BigInt(version), version % 3 === 0 ? null : `f${field}@${version}`),
    fact: { id, version: BigInt(version), amounts: amountsOf(id, version) },
  }));
const batch = fc.array(item, { minLength: 1, maxLength: 8 });

/** Spread over the windows and both signs; some versions add nothing, as cancelled orders do. */
function amountsOf(id: number, version: number): Amounts {
  if (version % 5 === 0) return [];
  return [
    [(id + 31 * version) % WINDOWS.length, 0, 1n],
    [(id * 7 + 17 * version) % WINDOWS.length, 1, 2n ** 53n + BigInt(id * version) - 10_000n],
  ];
}

function bulkOf(at: number): Map<string, string> {
  return new Map([['at', `${at}`], ...Array.from({ length: 20 }, (_, i) => [`f${i}`, `${at}`] as const)]);
}

async function apply(store: OnlineStore, items: readonly Item[], at: number, id: number): Promise<void> {
  await store.putFields(items.map(({ write }) => write));
  await store.contribute('s', items.map(contributionOf));
  await store.replace([[`bulk:${id}`, bulkOf(at)]]);
}

function contributionOf({ fact: { id, version, amounts } }: Item): Contribution {
  return fact(
    `${id}`,
    version,
    amounts.map(([window, field, amount]) => [`w${window}`, `f${field}`, amount] as const),
  );
}

function newestAmounts(facts: readonly FactVersion[]): readonly Amounts[] {
  const newest = new Map<number, FactVersion>();
  for (const version of facts) {
    const known = newest.get(version.id);
    if (known === undefined || version.version > known.version) newest.set(version.id, version);
  }
  return [...newest.values()].map(({ amounts }) => amounts);
}
