import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../../localstack/e2e/eventually.ts';
import type { OnlineStore } from '../online/index.ts';
import { fact, put, readFrom } from '../online/online-store-model.ts';
import { openRedisOnlineStore } from './redis-online-store.ts';
import { startRedisCluster, type TestRedis } from './redis-test-servers.ts';

let nodes: readonly TestRedis[] = [];
let store: OnlineStore;
beforeAll(async () => {
  nodes = await startRedisCluster(3);
  // One node is enough to find the others by.
  store = await openRedisOnlineStore({ url: `redis+cluster://127.0.0.1:${nodes[1]?.port}` });
});
afterAll(async () => {
  await store.close();
  for (const node of nodes) await node.stop();
});

it('counts and puts on while hash slots move from node to node', async () => {
  let isMoved = false;
  const writeUntilMoved = async (shard: string): Promise<number> => {
    let written = 0;
    while (!isMoved || written < 50) {
      written += 1;
      await store.contribute(shard, [fact(`${written}`, 1n, [['window', 'orders', 1n]])]);
      await store.putFields([put('fields', `${shard}${written}`, 1n, 'x')]);
    }
    return written;
  };
  const writing = [writeUntilMoved('s1'), writeUntilMoved('s2')];
  for (let round = 0; round < 5; round += 1) {
    for (const name of ['window', 'fields', 'shard:s1']) await moveSlotOf(name);
  }
  isMoved = true;
  const written = await Promise.all(writing);
  const total = written.reduce((sum, count) => sum + count);
  expect(await readFrom(store, 'window')).toEqual({ orders: `${total}` });
  expect(Object.keys(await readFrom(store, 'fields'))).toHaveLength(total);
});

it('fails no write for a node that ends and comes back', async () => {
  const [first] = nodes;
  await first?.signal('SIGKILL');
  const writing = Promise.all(
    Array.from({ length: 100 }, (_, i) => store.putFields([put(`key ${i}`, 'f', 1n, `${i}`)])),
  );
  await first?.start();
  await writing;
  const read = await store.read(Array.from({ length: 100 }, (_, i) => `key ${i}`));
  expect(read.map((hash) => hash.get('f'))).toEqual(Array.from({ length: 100 }, (_, i) => `${i}`));
});

/**
 * Moves the slot of a name to the next node, as an operator would, and waits until every node knows: the target takes an
 * epoch above the highest that it has heard of, and two moves that take the same one can leave a slot without an owner.
 * https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#live-reconfiguration
 */
async function moveSlotOf(name: string): Promise<void> {
  const slot = Number(await nodes[0]?.client.cluster('KEYSLOT', name));
  const ids = await Promise.all(nodes.map((node) => node.client.cluster('MYID')));
  const [owner] = await ownersOf(slot);
  const from = ids.indexOf(owner ?? '');
  const to = (from + 1) % nodes.length;
  const [source, target] = [nodes[from], nodes[to]];
  if (source === undefined || target === undefined) throw new Error(`slot ${slot} has no owner`);
  await target.client.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', ids[from] ?? '');
  await source.client.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', ids[to] ?? '');
  for (;;) {
    const keys = (await source.client.call('CLUSTER', 'GETKEYSINSLOT', slot, 1)) as string[];
    if (keys.length === 0) break;
    await source.client.call('MIGRATE', target.host, target.port, '', 0, 5_000, 'KEYS', ...keys);
  }
  await target.client.call('CLUSTER', 'SETSLOT', slot, 'NODE', ids[to] ?? '');
  await source.client.call('CLUSTER', 'SETSLOT', slot, 'NODE', ids[to] ?? '');
  await eventually(`the move of slot ${slot} known to all`, 30_000, async () => {
    const [owners, epochs] = await Promise.all([ownersOf(slot), currentEpochs()]);
    return owners.every((id) => id === ids[to]) && new Set(epochs).size === 1 ? true : undefined;
  });
}

/** Id of the node that serves a slot, as each node has it. */
function ownersOf(slot: number): Promise<(string | undefined)[]> {
  return Promise.all(
    nodes.map(async (node) => {
      const ranges = await node.client.cluster('SLOTS');
      return ranges.find(([first, last]) => first <= slot && slot <= last)?.[2]?.[2];
    }),
  );
}

/** The highest epoch that each node has heard of. */
function currentEpochs(): Promise<(string | undefined)[]> {
  return Promise.all(
    nodes.map(async (node) => /cluster_current_epoch:(\d+)/.exec(await node.client.cluster('INFO'))?.[1]),
  );
}
