import { describe, expect, it } from 'vitest';
import { judgePlatform, type PlatformFacts } from './judge-platform.ts';

const SLOT = { name: 'shop_slot', active: true, walStatus: 'reserved', lagBytes: 1024 } as const;

const HEALTHY: PlatformFacts = {
  ready: true,
  api: { url: 'http://127.0.0.1:3000', problem: null },
  walLevel: 'logical',
  slots: [SLOT],
  consumers: [
    { groupId: 'a', waiting: 10_000 },
    { groupId: 'b', waiting: 3 },
  ],
  deadLetters: [{ topic: 'orders.dead-letter', records: 0 }],
  quarantined: 0,
  lastRun: { runId: 'r1', status: 'succeeded', failedJobs: [] },
};

describe('judgePlatform', () => {
  it('finds nothing to say about a platform that is well', () => {
    for (const finding of judgePlatform(HEALTHY)) expect(finding.level, finding.what).toBe('ok');
    expect(judgePlatform({ ...HEALTHY, lastRun: null }).every(({ level }) => level === 'ok')).toBe(true);
  });

  it.each<[Partial<PlatformFacts>, 'warn' | 'fail', string, string]>([
    [{ ready: false }, 'warn', 'API', 'still starting'],
    [{ api: { url: 'http://x', problem: 'refused' } }, 'fail', 'API', 'http://x: refused'],
    [{ walLevel: 'replica' }, 'fail', 'wal_level', 'replica'],
    [{ slots: [] }, 'fail', 'replication slot', 'there is none'],
    [{ slots: [{ ...SLOT, active: false }] }, 'warn', 'slot shop_slot', 'nobody reads it'],
    [{ slots: [{ ...SLOT, active: false, walStatus: 'lost' }] }, 'fail', 'slot shop_slot', 'lost'],
    [{ slots: [{ ...SLOT, lagBytes: 2 ** 30 }] }, 'warn', 'slot shop_slot', '1024.0 MiB behind'],
    [
      {
        consumers: [
          { groupId: 'a', waiting: 1 },
          { groupId: 'b', waiting: 10_001 },
        ],
      },
      'warn',
      'consumer lag',
      '10002 records, 10001 of them for b',
    ],
    [
      { deadLetters: [{ topic: 'orders.dead-letter', records: 2 }] },
      'warn',
      'dead letters',
      '2 in orders.dead-letter',
    ],
    [{ quarantined: 4 }, 'warn', 'quarantine', '4 records'],
    [{ quarantined: null }, 'warn', 'quarantine', 'does not count'],
    [
      { lastRun: { runId: 'r2', status: 'failed', failedJobs: [{ job: 'train-model', error: 'no sales' }] } },
      'warn',
      'last pipeline run',
      'r2 failed (train-model: no sales)',
    ],
  ])('%j: %s %s', (facts, level, what, found) => {
    const unwell = judgePlatform({ ...HEALTHY, ...facts }).filter((finding) => finding.level !== 'ok');
    expect(unwell).toEqual([expect.objectContaining({ level, what, found: expect.stringContaining(found) })]);
  });
});
