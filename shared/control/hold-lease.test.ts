import { describe, expect, it, vi } from 'vitest';
import { epochMillis } from '../domain/index.ts';
import type { ControlTable } from './control-table.ts';
import { holdLease } from './hold-lease.ts';
import { acquireLease } from './lease.ts';
import { manualTime } from './manual-time.ts';
import { createMemoryControlTable } from './memory-control-table.ts';

const START = 1_800_000_000_000;
const request = { name: 'pipeline', owner: 'a', ttlMs: 3000 };

/** Acts until told to end; resolves with what its holder saw. */
function longWork() {
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { end, act: async (_: unknown, lost: AbortSignal) => ended.then(() => lost.aborted) };
}

describe('holdLease', () => {
  it('keeps the lease for as long as the work takes, and gives it back', async () => {
    const table = createMemoryControlTable();
    const time = manualTime(START);
    const work = longWork();
    const holding = holdLease(table, request, time, work.act);
    const key = { partition: 'leases', sort: 'pipeline' };
    for (let round = 1; round <= 5; round++) {
      await vi.waitFor(async () => expect((await table.get(key))?.version).toBe(round));
      time.tick(1000);
    }
    await vi.waitFor(async () => expect((await table.get(key))?.version).toBe(6));
    expect(await acquireLease(table, { ...request, owner: 'b', now: time.now() })).toMatchObject({
      outcome: 'held',
    });
    work.end();
    expect(await holding).toEqual({ outcome: 'done', result: false });
    expect((await acquireLease(table, { ...request, owner: 'b', now: time.now() })).outcome).toBe('acquired');
  });

  it('does not act while another holds it', async () => {
    const table = createMemoryControlTable();
    const time = manualTime(START);
    await acquireLease(table, { ...request, owner: 'b', now: time.now() });
    const act = vi.fn(async () => 'acted');
    expect(await holdLease(table, request, time, act)).toEqual({
      outcome: 'held',
      by: 'b',
      expiresAt: START + 3000,
    });
    expect(act).not.toHaveBeenCalled();
  });

  it('gives the lease back when the work fails', async () => {
    const table = createMemoryControlTable();
    const time = manualTime(START);
    const failing = holdLease(table, request, time, () => Promise.reject(new Error('broken')));
    await expect(failing).rejects.toThrow('broken');
    expect((await acquireLease(table, { ...request, owner: 'b', now: time.now() })).outcome).toBe('acquired');
  });

  it('tells the work when another took over while it was paused', async () => {
    const table = createMemoryControlTable();
    const time = manualTime(START);
    const lostTo = holdLease(table, request, time, async (_, lost) => {
      await acquireLease(table, { ...request, owner: 'b', now: epochMillis(time.now() + 3000) });
      await vi.waitFor(() => {
        time.tick(1);
        expect(lost.aborted).toBe(true);
      });
      return (lost.reason as { code: string }).code;
    });
    expect(await lostTo).toEqual({ outcome: 'done', result: 'lease_lost' });
  });

  it('outlives a table that cannot be reached for less than the lease', async () => {
    const memory = createMemoryControlTable();
    let reachable = true;
    const table: ControlTable = {
      ...memory,
      get: async (key) => (reachable ? memory.get(key) : Promise.reject(new Error('unreachable'))),
    };
    const time = manualTime(START);
    const key = { partition: 'leases', sort: 'pipeline' };
    const result = await holdLease(table, request, time, async (_, lost) => {
      reachable = false;
      time.tick(1000);
      await vi.waitFor(() => expect(lost.aborted).toBe(false));
      reachable = true;
      await vi.waitFor(async () => {
        time.tick(1);
        expect((await table.get(key))?.version).toBeGreaterThan(1);
      });
      return lost.aborted;
    });
    expect(result).toEqual({ outcome: 'done', result: false });
  });
});
