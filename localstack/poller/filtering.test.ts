import { describe, expect, it } from 'vitest';
import {
  appendTo,
  committed,
  keyed,
  log,
  start,
  until,
  useEmptyLog,
  values,
} from './mapping-harness.fixture.ts';

useEmptyLog();

const ORDERS_ONLY = [{ value: { kind: ['order'] } }];
const order = (id: number) => JSON.stringify({ kind: 'order', id });
const click = (id: number) => JSON.stringify({ kind: 'click', id });

describe('event source mapping with filter patterns', () => {
  it('invokes with what matches, and commits what does not as well (rule 14)', async () => {
    await appendTo(1, { 0: [click(0), order(1), click(2), order(3), click(4)] });
    const seen: string[] = [];
    const mapping = await start({ filterPatterns: ORDERS_ONLY }, async (event) =>
      seen.push(...values(event)),
    );
    await until(async () => expect(await committed()).toEqual([5]));
    expect(seen).toEqual([order(1), order(3)]);
    expect(await mapping.metrics()).toMatchObject({
      PolledEventCount: 5,
      FilteredOutEventCount: 3,
      InvokedEventCount: 2,
      DroppedEventCount: 0,
    });
  });

  it('invokes nothing where nothing matches (rule 14)', async () => {
    await appendTo(1, { 0: [click(0), click(1)] });
    let invocations = 0;
    await start({ filterPatterns: ORDERS_ONLY }, async () => {
      invocations += 1;
    });
    await until(async () => expect(await committed()).toEqual([2]));
    await log.append([keyed(0, click(2))]);
    await until(async () => expect(await committed()).toEqual([3]));
    expect(invocations).toBe(0);
  });

  it('does not commit past a matching record that is not done (rule 14)', async () => {
    await appendTo(1, { 0: [order(0)] });
    let hold = true;
    const seen: string[] = [];
    await start({ filterPatterns: ORDERS_ONLY, batchSize: 1 }, async (event) => {
      seen.push(...values(event));
      if (hold) throw new Error('sink is away');
    });
    await until(() => expect(seen.length).toBeGreaterThan(0));
    await log.append([keyed(0, click(1)), keyed(0, click(2))]);
    const tries = seen.length;
    await until(() => expect(seen.length).toBeGreaterThan(tries + 2));
    expect(await committed()).toEqual([null]);
    hold = false;
    await until(async () => expect(await committed()).toEqual([3]));
  });

  it('refuses a malformed pattern at its start (rule 14)', async () => {
    await appendTo(1, {});
    await expect(
      start({ filterPatterns: [{ value: { kind: [] } }] }, async () => null),
    ).rejects.toMatchObject({
      code: 'invalid_filter_pattern',
      message: expect.stringContaining(
        'filterPatterns of consume on orders: filterPatterns[0].value.kind must be at least one value',
      ),
    });
  });
});
