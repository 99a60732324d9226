import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { openLmdbEventLog } from '../../shared/adapters/lmdb-event-log.ts';
import { epochMillis } from '../../shared/domain/index.ts';
import { startEventSourceMapping } from './event-source-mapping.ts';

/** Prints how fast records of 800 bytes reach a function that does nothing, from four partitions of an embedded log. */
export async function benchEventSourceMapping(print: (line: string) => void, count = 400_000): Promise<void> {
  const path = await mkdtemp(join(tmpdir(), 'mapping-bench-'));
  const log = await openLmdbEventLog({ path });
  try {
    await log.createTopics([{ topic: 'orders', partitions: 4 }]);
    const value = Buffer.from(JSON.stringify({ op: 'c', after: { order_id: 1 } }).padEnd(800));
    const records = Array.from({ length: 5000 }, (_, i) => ({
      topic: 'orders',
      timestamp: epochMillis(1_700_000_000_000 + i),
      key: Buffer.from(`{"order_id":${i}}`),
      value,
    }));
    for (let appended = 0; appended < count; appended += records.length) await log.append(records);

    for (const batchSize of [100, 2000, 10_000]) {
      const begin = performance.now();
      let invocations = 0;
      const mapping = await startEventSourceMapping({
        log,
        mapping: {
          functionName: 'nothing',
          topic: 'orders',
          groupId: `bench-${batchSize}`,
          batchSize,
          maximumBatchingWindowSeconds: 0,
        },
        invoke: async () => {
          invocations += 1;
        },
        onProblem: (message) => print(message),
      });
      while ((await mapping.metrics()).OffsetLag > 0) await new Promise((resolve) => setTimeout(resolve, 5));
      const ms = performance.now() - begin;
      await mapping.stop();
      const rate = Math.round((count / ms) * 1000).toLocaleString('en');
      print(`batches of up to ${batchSize}: ${rate} records/s in ${invocations} invocations, each committed`);
    }
  } finally {
    await log.close();
    await rm(path, { recursive: true });
  }
}
