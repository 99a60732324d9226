import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { epochMillis } from '../domain/index.ts';
import { acquireLease, type Lease, releaseLease, renewLease } from './lease.ts';
import { createMemoryControlTable } from './memory-control-table.ts';

const at = (ms: number) => epochMillis(1_800_000_000_000 + ms);
const request = (owner: string, ms: number) => ({ name: 'pipeline', owner, now: at(ms), ttlMs: 1000 });

async function acquired(
  table: ReturnType<typeof createMemoryControlTable>,
  owner: string,
  ms: number,
): Promise<Lease> {
  const answer = await acquireLease(table, request(owner, ms));
  if (answer.outcome !== 'acquired') throw new Error(`${owner} did not acquire the lease`);
  return answer.lease;
}

describe('lease', () => {
  it('is held by one owner until it expires, and its token grows', async () => {
    const table = createMemoryControlTable();
    expect((await acquired(table, 'a', 0)).token).toBe(1);
    expect(await acquireLease(table, request('b', 999))).toEqual({
      outcome: 'held',
      by: 'a',
      expiresAt: at(1000),
    });
    expect((await acquired(table, 'b', 1000)).token).toBe(2);
  });

  it('is prolonged by renewal, and free at once after release', async () => {
    const table = createMemoryControlTable();
    const lease = await acquired(table, 'a', 0);
    expect(await renewLease(table, lease, at(900), 1000)).toEqual({
      outcome: 'renewed',
      lease: { ...lease, expiresAt: at(1900) },
    });
    expect((await acquireLease(table, request('b', 1500))).outcome).toBe('held');
    expect(await releaseLease(table, lease)).toBe('released');
    expect((await acquired(table, 'b', 1501)).token).toBe(2);
  });

  it('may be renewed after its expiry unless somebody else took it', async () => {
    const table = createMemoryControlTable();
    const first = await acquired(table, 'a', 0);
    expect((await renewLease(table, first, at(5000), 1000)).outcome).toBe('renewed');
    await acquired(table, 'b', 7000);
    expect(await renewLease(table, first, at(7001), 1000)).toEqual({ outcome: 'lost' });
    expect(await releaseLease(table, first)).toBe('lost');
    expect((await acquireLease(table, request('c', 7002))).outcome).toBe('held');
  });

  it('never has two holders, whatever the order of calls', async () => {
    const step = fc.record({
      owner: fc.constantFrom('a', 'b', 'c'),
      call: fc.constantFrom('acquire', 'renew', 'release'),
      waitMs: fc.integer({ min: 0, max: 700 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const table = createMemoryControlTable();
        const held = new Map<string, Lease>();
        const tokens: number[] = [];
        let now = 0;
        for (const { owner, call, waitMs } of steps) {
          now += waitMs;
          const mine = held.get(owner);
          if (call === 'acquire') {
            const answer = await acquireLease(table, request(owner, now));
            const holders = [...held.values()].filter((lease) => lease.expiresAt > at(now));
            expect(answer.outcome).toBe(holders.length > 0 ? 'held' : 'acquired');
            if (answer.outcome === 'acquired') {
              held.set(owner, answer.lease);
              tokens.push(answer.lease.token);
            }
          } else if (mine && call === 'renew') {
            const answer = await renewLease(table, mine, at(now), 1000);
            if (answer.outcome === 'renewed') held.set(owner, answer.lease);
            else held.delete(owner);
          } else if (mine) {
            await releaseLease(table, mine);
            held.delete(owner);
          }
        }
        expect(tokens).toEqual(tokens.map((_, index) => index + 1));
      }),
      { numRuns: 200 },
    );
  });
});
