import { describe, expect, it } from 'vitest';
import { batchOfRows, memoryObjectStore } from '../../shared/lake/index.ts';
import { rawTable } from '../../shared/tables/index.ts';
import { memoryLake } from '../../shared/testing/memory-lake.ts';
import { refuseGap } from './refuse-gap.ts';

const CONSUMERS = [{ topic: 'orders', groupId: 'ingest-orders' }];

/** A log of one partition whose group has committed this. */
const logAt = (committed: number | null) => ({
  positions: async (topic: string) => [{ topic, partition: 0, earliest: 2, latest: 10, committed }],
});

describe('refuseGap', () => {
  it.each([null, 2])('lets an empty lake begin where the log does (committed: %s)', async (committed) => {
    await expect(refuseGap(memoryObjectStore(), logAt(committed), CONSUMERS)).resolves.toBeUndefined();
  });

  it('refuses an empty lake whose group has read on', async () => {
    await expect(refuseGap(memoryObjectStore(), logAt(7), CONSUMERS)).rejects.toMatchObject({
      code: 'lake_begins_in_the_middle',
      message: expect.stringContaining('group ingest-orders has read orders for an earlier one'),
    });
  });

  it('lets a lake that has its tables go on', async () => {
    const { store, table } = memoryLake();
    const { schema, name } = rawTable('orders');
    await table(name).append({ schema, batches: [batchOfRows(schema, [{ order_id: 1 }])] });
    await expect(refuseGap(store, logAt(7), CONSUMERS)).resolves.toBeUndefined();
  });
});
