import { describe, expect, it } from 'vitest';
import { judgeMachine, type MachineFacts } from './judge-machine.ts';

const GIB = 2 ** 30;

const HEALTHY: MachineFacts = {
  nodeVersion: '20.19.0',
  architecture: 'linux-x64',
  missingNatives: [],
  packages: { wrong: [], checked: 29 },
  availableMemory: 2 * GIB,
  dataDir: '/shop/.data',
  freeDisk: 3 * GIB,
  dataDirProblem: null,
  lakehouse: '/shop/.data/lakehouse',
  putIfAbsentProblem: null,
  ports: [{ name: 'API', setting: 'PORT', port: 3000, use: 'free', owner: null }],
  lock: null,
  postgresUser: { kind: 'self' },
  now: Date.UTC(2026, 10, 23),
  newestFile: Date.UTC(2026, 10, 22),
};

const API = { name: 'API', setting: 'PORT', port: 3000 } as const;

describe('judgeMachine', () => {
  it('finds nothing to say about a machine that has what is needed, and not more', () => {
    for (const finding of judgeMachine(HEALTHY)) expect(finding.level, finding.what).toBe('ok');
  });

  it.each<[Partial<MachineFacts>, 'warn' | 'fail', string, string]>([
    [{ nodeVersion: '20.18.3' }, 'fail', 'Node.js', '20.18.3, needs 20.19 or later'],
    [{ nodeVersion: '18.20.0' }, 'fail', 'Node.js', '18.20.0'],
    [{ missingNatives: ['@lmdb/lmdb-linux-x64'] }, 'fail', 'architecture', 'without @lmdb/lmdb-linux-x64'],
    [{ packages: { wrong: ['zod'], checked: 29 } }, 'fail', 'packages', '1 of 29 differ: zod'],
    [{ availableMemory: 1.5 * GIB }, 'warn', 'memory', '1.5 GiB available, less than 2.0 GiB'],
    [{ freeDisk: 2.9 * GIB }, 'warn', 'disk', '2.9 GiB free for /shop/.data'],
    [{ dataDirProblem: 'EACCES: permission denied' }, 'fail', 'data folder', 'EACCES'],
    [
      { putIfAbsentProblem: 'no links here' },
      'fail',
      'put if absent',
      'no links here (/shop/.data/lakehouse)',
    ],
    [{ lock: { pid: 7, holds: false } }, 'warn', 'lock', 'left behind by process 7'],
    [
      { ports: [{ ...API, use: 'taken', owner: { pid: 9, command: 'grafana' } }] },
      'warn',
      'port of API',
      '3000 is taken by process 9 (grafana)',
    ],
    [{ ports: [{ ...API, use: 'taken', owner: null }] }, 'warn', 'port of API', '3000 is taken'],
    [{ postgresUser: { kind: 'none', problem: 'no user' } }, 'fail', 'postgres user', 'no user'],
    [{ newestFile: HEALTHY.now + 90_000 }, 'warn', 'clock', '90 s before a file was written here'],
  ])('%j: %s %s', (facts, level, what, found) => {
    const unwell = judgeMachine({ ...HEALTHY, ...facts }).filter((finding) => finding.level !== 'ok');
    expect(unwell).toEqual([expect.objectContaining({ level, what, found: expect.stringContaining(found) })]);
  });

  it.each<[Partial<MachineFacts>, string]>([
    [{ nodeVersion: '24.1.0' }, '24.1.0'],
    [{ freeDisk: null }, 'is not told'],
    [{ lock: { pid: 7, holds: true } }, 'held by the running platform, process 7'],
    [{ ports: [{ ...API, use: 'ours', owner: null }] }, '3000, used by the running platform'],
    [{ ports: [{ ...API, port: 0, use: 'free', owner: null }] }, 'any free one'],
    [{ postgresUser: { kind: 'other', uid: 65_534 } }, 'user id 65534, because you are root'],
    [{ postgresUser: { kind: 'external' } }, 'SHOP_DATABASE_URL is set'],
    [{ newestFile: HEALTHY.now + 1_000 }, '2026-11-23T00:00:00.000Z'],
  ])('%j is fine, and told', (facts, found) => {
    const findings = judgeMachine({ ...HEALTHY, ...facts });
    expect(findings.every(({ level }) => level === 'ok')).toBe(true);
    expect(findings).toContainEqual(expect.objectContaining({ found: expect.stringContaining(found) }));
  });
});
