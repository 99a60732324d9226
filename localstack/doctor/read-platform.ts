import pg from 'pg';
import { DAILY_PIPELINE } from '../../functions/run-pipeline/pipeline.ts';
import { createRunLedger } from '../../shared/control/index.ts';
import { DEAD_LETTER_SUFFIX } from '../../shared/domain/index.ts';
import { messageOf } from '../../shared/errors.ts';
import type { EventLog } from '../../shared/kafka/index.ts';
import { findSnapshot, rowCount } from '../../shared/lake/index.ts';
import { openControlTable, openEventLog, openObjectStore } from '../../shared/runtime/compose-adapters.ts';
import { type Config, parseConfig } from '../../shared/runtime/config.ts';
import { QUARANTINE } from '../../shared/tables/index.ts';
import { consumerLag } from '../services/consumer-lag.ts';
import type { RuntimeState } from '../services/runtime-state.ts';
import { planTopics } from '../services/topics.ts';
import type { LastRun, PlatformFacts, SlotFacts } from './judge-platform.ts';

const ANSWER_WITHIN_MS = 10_000;

/** Asks the parts of a running platform how they are. */
export async function readPlatform(cwd: string, runtime: RuntimeState): Promise<PlatformFacts> {
  const config = parseConfig(runtime.environment, cwd);
  const eventLog = await openEventLog(config);
  try {
    return {
      ready: runtime.ready,
      api: { url: runtime.urls.api, problem: await apiProblem(runtime.urls.api) },
      ...(await readPostgres(runtime.urls.postgres)),
      consumers: await consumerLag(eventLog, runtime.consumers),
      deadLetters: await readDeadLetters(eventLog, config),
      quarantined: await countQuarantined(config),
      lastRun: await readLastRun(config.controlTable.name, runtime.urls.controlTable),
    };
  } finally {
    await eventLog.close();
  }
}

async function apiProblem(api: string): Promise<string | null> {
  try {
    const response = await fetch(new URL('/health/ready', api), {
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    return response.ok ? null : `status ${response.status}: ${await response.text()}`;
  } catch (error) {
    return messageOf(error);
  }
}

async function readPostgres(url: string): Promise<Pick<PlatformFacts, 'walLevel' | 'slots'>> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: ANSWER_WITHIN_MS });
  await client.connect();
  try {
    const level = await client.query<{ wal_level: string }>('show wal_level');
    const slots = await client.query<SlotFacts>(
      `select slot_name as name, active, wal_status as "walStatus",
         coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn), 0)::float8 as "lagBytes"
       from pg_replication_slots
       where slot_type = 'logical' and database = current_database()
       order by slot_name`,
    );
    return { walLevel: level.rows[0]?.wal_level ?? 'unknown', slots: slots.rows };
  } finally {
    await client.end();
  }
}

async function readDeadLetters(eventLog: EventLog, { eventLog: { partitions } }: Config) {
  const topics = planTopics(partitions)
    .map(({ topic }) => topic)
    .filter((topic) => topic.endsWith(DEAD_LETTER_SUFFIX));
  return Promise.all(
    topics.map(async (topic) => {
      const positions = await eventLog.positions(topic);
      return { topic, records: positions.reduce((sum, { earliest, latest }) => sum + latest - earliest, 0) };
    }),
  );
}

/** The table is created with its first record. */
async function countQuarantined(config: Config): Promise<number | null> {
  const snapshot = await findSnapshot(await openObjectStore(config), QUARANTINE.name);
  return snapshot === null ? 0 : rowCount(snapshot);
}

async function readLastRun(tableName: string, endpoint: string): Promise<LastRun | null> {
  const ledger = createRunLedger(await openControlTable(tableName, endpoint), DAILY_PIPELINE.name);
  const [run] = await ledger.latestRuns(1);
  if (run === undefined) return null;
  const jobs = await ledger.readJobs(run.runId);
  return { ...run, failedJobs: jobs.filter(({ status }) => status === 'failed') };
}
