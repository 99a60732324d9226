import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BatchLimits, type BatchPlan, type BufferState, planBatch } from './plan-batch.ts';

const limits: BatchLimits = { batchSize: 3, windowMs: 500, maximumEventBytes: 100, eventOverheadBytes: 10 };

describe('planBatch', () => {
  it.each<[string, BufferState, Partial<BatchLimits>, BatchPlan]>([
    ['waits for a first record', at([], null, 0), {}, { type: 'wait', until: null }],
    ['waits for the window', at([10, 10], 1000, 1499), {}, { type: 'wait', until: 1500 }],
    ['closes when the window has elapsed', at([10, 10], 1000, 1500), {}, { type: 'invoke', count: 2 }],
    ['closes at the batch size', at([10, 10, 10], 1000, 1000), {}, { type: 'invoke', count: 3 }],
    ['takes no more than the batch size', at([9, 9, 9, 9], 1000, 1000), {}, { type: 'invoke', count: 3 }],
    [
      'closes before the event is over its limit',
      at([40, 40, 40], 1000, 1000),
      {},
      { type: 'invoke', count: 2 },
    ],
    ['counts the comma between records', at([45, 45], 1000, 1000), {}, { type: 'invoke', count: 1 }],
    ['fills the event to the last byte', at([45, 44], 1000, 1600), {}, { type: 'invoke', count: 2 }],
    ['closes at once without a window', at([10], 1000, 1000), { windowMs: 0 }, { type: 'invoke', count: 1 }],
    ['sees a record that no event can hold', at([91], 1000, 1000), {}, { type: 'oversized' }],
    ['takes what lies before such a record', at([10, 91], 1000, 1000), {}, { type: 'invoke', count: 1 }],
  ])('%s', (_, state, changed, plan) => {
    expect(planBatch(state, { ...limits, ...changed })).toEqual(plan);
  });

  it('never exceeds a limit, never leaves out a record that would fit, and always ends', () => {
    const anyLimits = fc.record({
      batchSize: fc.integer({ min: 1, max: 10 }),
      windowMs: fc.nat(1000),
      maximumEventBytes: fc.integer({ min: 20, max: 500 }),
      eventOverheadBytes: fc.nat(20),
    });
    fc.assert(
      fc.property(fc.array(fc.nat(200), { maxLength: 30 }), anyLimits, (sizes, drawn) => {
        let rest = sizes;
        for (let steps = 0; rest.length > 0; steps += 1) {
          expect(steps).toBeLessThanOrEqual(sizes.length);
          const plan = planBatch(at(rest, 0, drawn.windowMs), drawn);
          const count = plan.type === 'invoke' ? plan.count : plan.type === 'oversized' ? 0 : -1;
          expect(count).toBeGreaterThanOrEqual(0);
          const bytes = (n: number) =>
            drawn.eventOverheadBytes + rest.slice(0, n).reduce((a, b) => a + b, 0) + n - 1;
          if (count > 0) expect(bytes(count)).toBeLessThanOrEqual(drawn.maximumEventBytes);
          expect(count).toBeLessThanOrEqual(drawn.batchSize);
          if (count < Math.min(rest.length, drawn.batchSize)) {
            expect(bytes(count + 1)).toBeGreaterThan(drawn.maximumEventBytes);
          }
          rest = rest.slice(Math.max(1, count));
        }
      }),
    );
  });
});

function at(recordBytes: readonly number[], firstReadAt: number | null, now: number): BufferState {
  return { recordBytes, firstReadAt, now };
}
