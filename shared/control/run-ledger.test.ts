import { describe, expect, it } from 'vitest';
import { epochMillis } from '../domain/index.ts';
import { createMemoryControlTable } from './memory-control-table.ts';
import { createRunLedger, type JobRun, type PipelineRun, runIdAt } from './run-ledger.ts';

const at = (ms: number) => epochMillis(1_800_000_000_000 + ms);

function run(runId: string, status: PipelineRun['status'] = 'running'): PipelineRun {
  return { runId, status, startedAt: at(0), finishedAt: null, error: null };
}

function job(name: string, status: JobRun['status']): JobRun {
  return {
    job: name,
    status,
    attempts: 1,
    startedAt: at(0),
    finishedAt: null,
    error: null,
    report: { rows: 3 },
  };
}

describe('run ledger', () => {
  it('keeps one item per run and per job, newest run first', async () => {
    const ledger = createRunLedger(createMemoryControlTable(), 'daily');
    const [older, newer] = [runIdAt(at(1), 'b'), runIdAt(at(2), 'a')];
    await ledger.writeRun(run(older), 1);
    await ledger.writeRun(run(newer), 1);
    await ledger.writeJob(newer, job('train-model', 'running'), 1);
    await ledger.writeJob(newer, job('train-model', 'succeeded'), 1);
    await ledger.writeJob(older, job('build-features', 'failed'), 1);
    expect((await ledger.latestRuns(9)).map((found) => found.runId)).toEqual([newer, older]);
    expect(await ledger.latestRuns(1)).toEqual([run(newer)]);
    expect(await ledger.readJobs(newer)).toEqual([job('train-model', 'succeeded')]);
    expect(await ledger.readRun('unknown')).toBeNull();
  });

  it('refuses a writer whose lease was taken over', async () => {
    const ledger = createRunLedger(createMemoryControlTable(), 'daily');
    expect(await ledger.writeRun(run('r1'), 2)).toBe('stored');
    expect(await ledger.writeRun(run('r1', 'failed'), 1)).toBe('fenced');
    expect(await ledger.readRun('r1')).toEqual(run('r1'));
    expect(await ledger.writeRun(run('r1', 'succeeded'), 3)).toBe('stored');
    expect(await ledger.writeRun(run('r1', 'failed'), 2)).toBe('fenced');
  });

  it('makes run ids that sort by time', () => {
    expect(runIdAt(epochMillis(Date.UTC(2026, 10, 23, 2, 15, 0, 123)), '7f3a')).toBe(
      '20261123T021500123Z-7f3a',
    );
  });
});
