import { describe, expect, it } from 'vitest';
import { epochMillis } from '../domain/index.ts';
import { claimDelivery, finishDelivery } from './delivery.ts';
import { createMemoryControlTable } from './memory-control-table.ts';

const at = (ms: number) => epochMillis(1_800_000_000_000 + ms);
const key = { id: 'alert-1', channel: 'slack' };

describe('delivery', () => {
  it('is claimed by one and done once', async () => {
    const table = createMemoryControlTable();
    expect(await claimDelivery(table, key, at(0), 1000)).toBe('claimed');
    expect(await claimDelivery(table, key, at(1), 1000)).toBe('in-progress');
    await finishDelivery(table, key, 'delivered', at(2));
    expect(await claimDelivery(table, key, at(9_999_999), 1000)).toBe('delivered');
    expect(await claimDelivery(table, { ...key, channel: 'email' }, at(3), 1000)).toBe('claimed');
  });

  it('may be tried again at once after a failure, and after the claim of a holder that died', async () => {
    const table = createMemoryControlTable();
    await claimDelivery(table, key, at(0), 1000);
    await finishDelivery(table, key, 'failed', at(1));
    expect(await claimDelivery(table, key, at(2), 1000)).toBe('claimed');
    expect(await claimDelivery(table, key, at(1001), 1000)).toBe('in-progress');
    expect(await claimDelivery(table, key, at(1002), 1000)).toBe('claimed');
  });
});
