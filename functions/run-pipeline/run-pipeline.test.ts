import { describe, expect, it } from 'vitest';
import {
  acquireLease,
  createRunLedger,
  decodeAlert,
  type InvokeFunction,
} from '../../shared/control/index.ts';
import { manualTime } from '../../shared/control/manual-time.ts';
import { createMemoryControlTable } from '../../shared/control/memory-control-table.ts';
import { epochMillis } from '../../shared/domain/index.ts';
import { PlatformError } from '../../shared/errors.ts';
import type { NewRecord } from '../../shared/kafka/index.ts';
import type { Pipeline } from './pipeline.ts';
import { LEASE_MS, RESUME_WITHIN_MS, runPipeline } from './run-pipeline.ts';

const START = 1_800_000_000_000;
const PIPELINE: Pipeline = {
  name: 'daily',
  jobs: [
    { name: 'build', after: [] },
    { name: 'load', after: ['build'] },
    { name: 'train', after: ['load'] },
  ],
};

function setup(invoke: InvokeFunction = async (name) => ({ done: name })) {
  const controlTable = createMemoryControlTable();
  const time = manualTime(START);
  const published: NewRecord[] = [];
  const calls: { name: string; payload: unknown }[] = [];
  const ports = {
    controlTable,
    time,
    eventLog: {
      append: async (records: readonly NewRecord[]) => {
        published.push(...records);
        return [];
      },
    },
    invoke: (async (name, payload) => {
      calls.push({ name, payload });
      return invoke(name, payload);
    }) satisfies InvokeFunction,
  };
  const run = (runId: string) => runPipeline(PIPELINE, { runId, functionPrefix: 'shop-dev-' }, ports);
  const ledger = createRunLedger(controlTable, 'daily');
  const alerts = () => published.map((record) => decodeAlert(record.value!));
  return { run, ledger, ports, calls, time, alerts, controlTable };
}

const failsOften = (message: string) => new PlatformError('function_failed', message, { retryable: true });

describe('runPipeline', () => {
  it('runs the jobs in order, hands each the reports before it, and writes it all down', async () => {
    const { run, ledger, calls, alerts } = setup();
    const report = await run('r1');
    expect(calls).toEqual([
      { name: 'shop-dev-build', payload: { runId: 'r1', attempt: 1, upstream: {} } },
      {
        name: 'shop-dev-load',
        payload: { runId: 'r1', attempt: 1, upstream: { build: { done: 'shop-dev-build' } } },
      },
      {
        name: 'shop-dev-train',
        payload: { runId: 'r1', attempt: 1, upstream: { load: { done: 'shop-dev-load' } } },
      },
    ]);
    expect(report).toMatchObject({ outcome: 'succeeded', run: { runId: 'r1', status: 'succeeded' } });
    expect(await ledger.latestRuns(9)).toEqual([
      { runId: 'r1', status: 'succeeded', startedAt: START, finishedAt: START, error: null },
    ]);
    expect((await ledger.readJobs('r1')).map((job) => [job.job, job.status, job.attempts])).toEqual([
      ['build', 'succeeded', 1],
      ['load', 'succeeded', 1],
      ['train', 'succeeded', 1],
    ]);
    expect(alerts()).toEqual([]);
  });

  it('repeats a failure that may pass, with growing pauses', async () => {
    let failures = 2;
    const { run, ledger, time } = setup(async (name) => {
      if (name === 'shop-dev-load' && failures-- > 0) throw failsOften('store is busy');
      return null;
    });
    expect((await run('r1')).outcome).toBe('succeeded');
    expect(time.waited).toEqual([2000, 8000]);
    expect((await ledger.readJobs('r1')).find((job) => job.job === 'load')).toMatchObject({
      status: 'succeeded',
      attempts: 3,
      error: null,
    });
  });

  it('skips what comes after a failed job, and tells of it once with its error', async () => {
    const { run, ledger, calls, alerts } = setup(async (name) => {
      if (name === 'shop-dev-load') throw failsOften('load failed: disk full');
      return null;
    });
    const report = await run('r1');
    expect(report).toMatchObject({ outcome: 'failed', run: { error: 'load: load failed: disk full' } });
    expect(calls.map((call) => call.name)).toEqual(['shop-dev-build', ...Array(3).fill('shop-dev-load')]);
    expect((await ledger.readJobs('r1')).map((job) => [job.job, job.status, job.error])).toEqual([
      ['build', 'succeeded', null],
      ['load', 'failed', 'load failed: disk full'],
      ['train', 'skipped', 'load did not succeed'],
    ]);
    expect(alerts()).toEqual([
      {
        alertId: 'daily/r1/load',
        kind: 'job-failed',
        at: START + 10_000,
        source: 'daily/load',
        title: 'Job load of the daily pipeline failed',
        detail: 'load failed: disk full (run r1, 3 attempts)',
      },
    ]);
  });

  it('does not repeat a failure that stays', async () => {
    const { run, calls } = setup(async () => {
      throw new PlatformError('function_not_found', 'no such function');
    });
    expect((await run('r1')).outcome).toBe('failed');
    expect(calls).toHaveLength(1);
  });

  it('never runs twice at a time', async () => {
    const { run, ports, controlTable } = setup(async () => {
      second ??= run('r2');
      return { second: (await second).outcome };
    });
    let second: ReturnType<typeof run> | undefined;
    const first = await run('r1');
    expect(first).toMatchObject({
      outcome: 'succeeded',
      jobs: [{ report: { second: 'already-running' } }, {}, {}],
    });
    expect(await second).toEqual({ outcome: 'already-running', by: 'r1' });
    expect(await createRunLedger(controlTable, 'daily').readRun('r2')).toBeNull();
    expect(ports.time.waited).toEqual([]);
  });

  it('does not run a run id again that has finished', async () => {
    const { run, calls } = setup();
    await run('r1');
    expect(await run('r1')).toMatchObject({ outcome: 'already-finished', run: { status: 'succeeded' } });
    expect(calls).toHaveLength(3);
  });

  describe('after a crash', () => {
    /** A process that died in its second job: the ledger as it left it, and a lease that nobody renews. */
    async function crashed() {
      const world = setup();
      const { controlTable, ledger, time } = world;
      await acquireLease(controlTable, {
        name: 'pipeline/daily',
        owner: 'r1',
        now: time.now(),
        ttlMs: LEASE_MS,
      });
      const job = {
        attempts: 1,
        startedAt: epochMillis(START),
        finishedAt: null,
        error: null,
        report: { rows: 7 },
      };
      await ledger.writeRun(
        { runId: 'r1', status: 'running', startedAt: epochMillis(START), finishedAt: null, error: null },
        1,
      );
      await ledger.writeJob('r1', { ...job, job: 'build', status: 'succeeded' }, 1);
      await ledger.writeJob('r1', { ...job, job: 'load', status: 'running', report: null }, 1);
      return world;
    }

    it('waits for the lease to expire', async () => {
      const { run } = await crashed();
      expect(await run('r2')).toEqual({ outcome: 'already-running', by: 'r1' });
    });

    it('goes on with the same run at its first unfinished job', async () => {
      const { run, time, calls, ledger } = await crashed();
      time.tick(LEASE_MS);
      expect(await run('r2')).toMatchObject({ outcome: 'succeeded', run: { runId: 'r1' } });
      expect(calls.map((call) => call.name)).toEqual(['shop-dev-load', 'shop-dev-train']);
      expect(calls[0]?.payload).toEqual({ runId: 'r1', attempt: 2, upstream: { build: { rows: 7 } } });
      expect(await ledger.readRun('r2')).toBeNull();
    });

    it('closes a run that is too old to go on with, and starts anew', async () => {
      const { run, time, calls, ledger } = await crashed();
      time.tick(RESUME_WITHIN_MS + 1);
      expect(await run('r2')).toMatchObject({ outcome: 'succeeded', run: { runId: 'r2' } });
      expect(calls).toHaveLength(3);
      expect(await ledger.readRun('r1')).toMatchObject({ status: 'failed', error: /crashed/ });
    });

    it('stops a paused process that another run has overtaken', async () => {
      const { run, time, controlTable, ledger } = setup(async (name) => {
        if (name !== 'shop-dev-build') return null;
        time.tick(LEASE_MS);
        const taken = await acquireLease(controlTable, {
          name: 'pipeline/daily',
          owner: 'r2',
          now: time.now(),
          ttlMs: LEASE_MS,
        });
        if (taken.outcome === 'acquired') {
          const job = { attempts: 1, startedAt: null, finishedAt: null, error: null, report: null };
          await ledger.writeJob('r1', { ...job, job: 'build', status: 'running' }, taken.lease.token);
        }
        return null;
      });
      await expect(run('r1')).rejects.toMatchObject({ code: 'lease_lost' });
      expect((await ledger.readJobs('r1')).find((job) => job.job === 'build')?.status).toBe('running');
    });
  });
});
