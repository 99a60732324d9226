import fc from 'fast-check';
import { expect, it } from 'vitest';
import { batchOfRows, field, schemaOf } from '../lake/index.ts';
import { memoryObjectStore } from '../lake/store/memory-object-store.ts';
import { countingEnvironment, idsOf } from '../lake/testing.ts';
import { openTable } from '../lake/write/table.ts';
import { appendOnce } from './append-once.ts';

const schema = schemaOf(field('id', 'integer'));
const source = { incarnation: 'log-1', topic: 'ecommerce.public.orders', partition: 0 };

it('writes every offset once, however batches are delivered again, regrouped, and by how many consumers', async () => {
  const delivery = fc.record({
    back: fc.nat(6),
    length: fc.integer({ min: 1, max: 8 }),
    consumer: fc.nat(2),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(delivery, { minLength: 1, maxLength: 12 }), async (deliveries) => {
      const store = memoryObjectStore();
      const consumers = [0, 1, 2].map(() => openTable(store, 't', countingEnvironment()));
      let next = 0;
      let pending: Promise<unknown>[] = [];
      for (const { back, length, consumer } of deliveries) {
        const first = Math.max(0, next - back);
        const entries = Array.from({ length }, (_, index) => ({ offset: first + index }));
        next = Math.max(next, first + length);
        const lastOffset = first + length - 1;
        pending.push(
          appendOnce(consumers[consumer]!, { ...source, lastOffset }, entries, (fresh) => ({
            schema,
            batches: [
              batchOfRows(
                schema,
                fresh.map(({ offset }) => ({ id: offset })),
              ),
            ],
          })),
        );
        // Two consumers of one partition overlap for a moment in a rebalance, never for longer.
        if (pending.length === 2) {
          await Promise.all(pending);
          pending = [];
        }
      }
      await Promise.all(pending);
      const snapshot = await consumers[0]!.snapshot();
      const ids = snapshot === null ? [] : await idsOf(store, snapshot);
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids.at(-1)).toBe(next - 1);
    }),
    { numRuns: 60 },
  );
});

it('starts anew for a log whose offsets start anew', async () => {
  const store = memoryObjectStore();
  const table = openTable(store, 't', countingEnvironment());
  const write = (incarnation: string) =>
    appendOnce(table, { ...source, incarnation, lastOffset: 0 }, [{ offset: 0 }], () => ({
      schema,
      batches: [batchOfRows(schema, [{ id: 1 }])],
    }));
  expect([await write('log-1'), await write('log-1'), await write('log-2')]).toEqual([1, 0, 1]);
});
