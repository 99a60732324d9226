import { openLmdbOnlineStore } from './lmdb-online-store.ts';

// The other thread or process of lmdb-online-store.test.ts: contributes 50 facts, then ends or, with `wait`, stays.
const [path = '', shard = '', then] = process.argv.slice(2);
const store = openLmdbOnlineStore({ path });
for (let i = 0; i < 50; i += 1) {
  const adds = [{ key: 'window', field: 'orders', amount: 1n }];
  await store.contribute(shard, [{ fact: `${i}`, version: 1n, adds }]);
}
if (then === 'wait') {
  process.send?.('written');
  setInterval(() => undefined, 1_000);
} else {
  await store.close();
}
