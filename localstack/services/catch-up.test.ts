import { expect, it } from 'vitest';
import type { PartitionPosition } from '../../shared/kafka/index.ts';
import { catchUp } from './catch-up.ts';

const CONSUMERS = [{ topic: 'orders', groupId: 'ingest' }];

/** A log of two partitions that grows by one record with every look at it, and of which one more is consumed each time. */
function growingLog({ waiting, consumed }: { waiting: number; consumed: number }) {
  let looks = 0;
  return {
    looks: () => looks,
    positions: async (): Promise<readonly PartitionPosition[]> => {
      looks += 1;
      return [0, 1].map((partition) => ({
        topic: 'orders',
        partition,
        earliest: 0,
        latest: waiting + looks,
        committed: consumed * looks,
      }));
    },
  };
}

it('ends when what was there at the beginning is consumed, though more keeps coming', async () => {
  const log = growingLog({ waiting: 10, consumed: 1 });
  const seen: (readonly [number, number])[] = [];
  // 11 records each at the first look, of which two are consumed at the next.
  expect(await catchUp(log, CONSUMERS, (done, total) => seen.push([done, total]))).toBe(18);
  expect(seen[0]).toEqual([0, 18]);
  expect(seen.at(-1)).toEqual([16, 18]);
});

it('has nothing to wait for where all is consumed', async () => {
  const log = growingLog({ waiting: 0, consumed: 5 });
  expect(await catchUp(log, CONSUMERS, () => undefined)).toBe(0);
});
