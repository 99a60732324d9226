import { alertRecord, holdLease, type LeaseTime, type PlatformAlert } from '../../shared/control/index.ts';
import { messageOf, PlatformError } from '../../shared/errors.ts';
import type { EventLog } from '../../shared/kafka/index.ts';
import type { LakeTable } from '../../shared/tables/index.ts';
import { type MaintainedTable, type MaintainTablePorts, maintainTable } from './maintain-table.ts';

export interface MaintainLakePorts extends Omit<MaintainTablePorts, 'now'> {
  readonly eventLog: Pick<EventLog, 'append'>;
  readonly time: LeaseTime;
  /** Ends a run before its function's timeout does. */
  readonly deadline: AbortSignal;
}

export type TableOutcome =
  | MaintainedTable
  /** Nobody has written it yet. */
  | { readonly outcome: 'missing'; readonly table: string }
  | { readonly outcome: 'failed'; readonly table: string; readonly error: string }
  /** The time was up. */
  | { readonly outcome: 'not-reached'; readonly table: string };

export type MaintainLakeReport =
  | { readonly outcome: 'maintained'; readonly tables: readonly TableOutcome[] }
  | { readonly outcome: 'already-running'; readonly by: string };

/** How long a dead holder keeps others out. */
export const LEASE_MS = 60_000;

/**
 * Joins small files, writes due checkpoints, and deletes what is past its retention, table by table. A table that fails does
 * not keep the others from their turn.
 * @param runId unique to the run
 * @throws maintenance_failed naming the tables, with the whole report in its details; each table is told once a day in topic
 * `platform_alerts`
 */
export async function maintainLake(
  tables: readonly LakeTable[],
  runId: string,
  ports: MaintainLakePorts,
): Promise<MaintainLakeReport> {
  const lease = { name: 'maintain-lake', owner: runId, ttlMs: LEASE_MS };
  const held = await holdLease(ports.controlTable, lease, ports.time, async (_, lost) => {
    const outcomes: TableOutcome[] = [];
    for (const table of tables) outcomes.push(await outcomeOf(table, ports, lost));
    return outcomes;
  });
  if (held.outcome === 'held') return { outcome: 'already-running', by: held.by };
  await reportFailures(held.result, ports);
  return { outcome: 'maintained', tables: held.result };
}

async function outcomeOf(
  table: LakeTable,
  ports: MaintainLakePorts,
  lost: AbortSignal,
): Promise<TableOutcome> {
  lost.throwIfAborted();
  if (ports.deadline.aborted) return { outcome: 'not-reached', table: table.name };
  const signal = AbortSignal.any([lost, ports.deadline]);
  try {
    const maintained = await maintainTable(table, { ...ports, now: ports.time.now }, signal);
    return maintained ?? { outcome: 'missing', table: table.name };
  } catch (thrown) {
    return { outcome: 'failed', table: table.name, error: messageOf(thrown) };
  }
}

async function reportFailures(
  outcomes: readonly TableOutcome[],
  { eventLog, time }: MaintainLakePorts,
): Promise<void> {
  const failed = outcomes.filter((one) => one.outcome === 'failed');
  if (failed.length === 0) return;
  const day = new Date(time.now()).toISOString().slice(0, 10);
  const alerts = failed.map(
    ({ table, error }): PlatformAlert => ({
      // The same for every run of the day: a table that fails every minute is told once.
      alertId: `maintain-lake/${table}/${day}`,
      kind: 'job-failed',
      at: time.now(),
      source: `maintain-lake/${table}`,
      title: `Maintenance of table ${table} failed`,
      detail: error,
    }),
  );
  await eventLog.append(alerts.map(alertRecord));
  throw new PlatformError(
    'maintenance_failed',
    failed.map(({ table, error }) => `${table}: ${error}`).join('; '),
    { retryable: true, details: { tables: outcomes } },
  );
}
