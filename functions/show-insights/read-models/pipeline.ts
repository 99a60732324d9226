import {
  type ControlTable,
  createModelRegistry,
  createRunLedger,
  type JobRun,
  type LiveModel,
  latestAlerts,
  type ModelVersion,
  type PipelineRun,
  type PlatformAlert,
} from '../../../shared/control/index.ts';
import { BEHAVIOUR_TOPIC, type EpochMillis } from '../../../shared/domain/index.ts';
import { messageOf } from '../../../shared/errors.ts';
import { type EventLog, offsetLag } from '../../../shared/kafka/index.ts';
import { rowCount } from '../../../shared/lake/index.ts';
import {
  ALS_RECOMMENDER,
  changeTopic,
  LAKE_TABLES,
  type LakeTable,
  SHOP_TABLES,
} from '../../../shared/tables/index.ts';
import type { LakeReader } from './lake-reader.ts';

/** One function of the stream and what it has still to read. */
export interface StageLag {
  readonly stage: string;
  readonly topics: readonly string[];
  /** Records in the log that the stage has not finished. */
  readonly waiting: number;
  /** Records in the log, read or not. */
  readonly records: number;
}

export interface LakeTableState {
  readonly table: string;
  /** null: not created yet. */
  readonly version: number | null;
  readonly committedAt: EpochMillis | null;
  readonly rows: number | null;
  /** Why the table cannot be read, or null. */
  readonly problem: string | null;
}

export interface PipelineRunState {
  readonly run: PipelineRun;
  /** In the order in which they ran. */
  readonly jobs: readonly JobRun[];
}

export interface PipelineState {
  readonly stages: readonly StageLag[];
  readonly tables: readonly LakeTableState[];
  /** Newest first. */
  readonly runs: readonly PipelineRunState[];
  readonly alerts: readonly PlatformAlert[];
  readonly live: { readonly pointer: LiveModel; readonly model: ModelVersion | null } | null;
}

export interface PipelinePorts {
  readonly lake: LakeReader;
  readonly eventLog: Pick<EventLog, 'positions'>;
  readonly controlTable: ControlTable;
}

export async function pipelineState({ lake, eventLog, controlTable }: PipelinePorts): Promise<PipelineState> {
  const [stages, tables, runs, alerts, live] = await Promise.all([
    Promise.all(STAGES.map((stage) => stageLag(eventLog, stage))),
    Promise.all(LAKE_TABLES.map((table) => tableState(lake, table))),
    latestRuns(controlTable),
    latestAlerts(controlTable, KEPT),
    liveModel(controlTable),
  ]);
  return { stages, tables, runs, alerts, live };
}

/** What consumes the stream, as serverless.yml has it, in the order of the data's way. */
export const STAGES: readonly { readonly stage: string; readonly topics: readonly string[] }[] = [
  { stage: 'ingest-changes', topics: SHOP_TABLES.map(changeTopic) },
  { stage: 'update-online-state', topics: (['products', 'orders', 'order_items'] as const).map(changeTopic) },
  { stage: 'aggregate-revenue', topics: [changeTopic('orders')] },
  { stage: 'ingest-recommendations', topics: [BEHAVIOUR_TOPIC] },
];

/** Each function has a group of its own for every topic that it consumes. */
export function consumerGroup(stage: string, topic: string): string {
  return `customer-insight-${stage}-${topic}`;
}

const PIPELINE = 'daily';
const KEPT = 10;

async function stageLag(
  eventLog: PipelinePorts['eventLog'],
  { stage, topics }: (typeof STAGES)[number],
): Promise<StageLag> {
  const positions = (
    await Promise.all(topics.map((topic) => eventLog.positions(topic, consumerGroup(stage, topic))))
  ).flat();
  return {
    stage,
    topics,
    waiting: offsetLag(positions),
    records: positions.reduce((sum, { latest, earliest }) => sum + latest - earliest, 0),
  };
}

/** A table that cannot be read must not hide the failed run and the alert that it leads to. */
async function tableState(lake: LakeReader, table: LakeTable): Promise<LakeTableState> {
  try {
    const [asOf, snapshot] = await Promise.all([lake.asOf(table), lake.snapshot(table)]);
    return { table: table.name, ...asOf, rows: snapshot && rowCount(snapshot), problem: null };
  } catch (error) {
    return { table: table.name, version: null, committedAt: null, rows: null, problem: messageOf(error) };
  }
}

async function latestRuns(controlTable: ControlTable): Promise<readonly PipelineRunState[]> {
  const ledger = createRunLedger(controlTable, PIPELINE);
  const runs = await ledger.latestRuns(KEPT);
  return Promise.all(
    runs.map(async (run) => {
      const jobs = await ledger.readJobs(run.runId);
      return { run, jobs: [...jobs].sort((a, b) => startOf(a) - startOf(b)) };
    }),
  );
}

/** A job that has not started comes after those that have. */
function startOf(job: JobRun): number {
  return job.startedAt ?? Number.MAX_SAFE_INTEGER;
}

async function liveModel(controlTable: ControlTable): Promise<PipelineState['live']> {
  const registry = createModelRegistry(controlTable, ALS_RECOMMENDER);
  const pointer = await registry.live();
  return pointer && { pointer, model: await registry.get(pointer.version) };
}
