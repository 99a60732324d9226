import type pg from 'pg';
import type { EventLog } from '../../../shared/kafka/index.ts';
import { queryRows, type SnapshotProgress } from '../embedded/change-capture/index.ts';

export interface SnapshotProgressOptions {
  readonly client: pg.Client;
  readonly publication: string;
  readonly topicPrefix: string;
  readonly eventLog: Pick<EventLog, 'positions'>;
}

/**
 * How many records the topics of the published tables hold, and how many rows Postgres believes to be in the tables. Both
 * are near the truth only: earlier records and Kafka's transaction marks are counted in, and the belief is as old as the
 * last ANALYZE.
 */
export async function snapshotProgress(options: SnapshotProgressOptions): Promise<SnapshotProgress> {
  const tables = await queryRows(
    options.client,
    `SELECT p.schemaname, p.tablename, greatest(c.reltuples, 0)::bigint
       FROM pg_publication_tables p
       JOIN pg_class c ON c.oid = format('%I.%I', p.schemaname, p.tablename)::regclass
      WHERE p.pubname = $1`,
    [options.publication],
  );
  let [rows, total] = [0, 0];
  for (const [schema, name, estimate] of tables) {
    const partitions = await options.eventLog.positions(`${options.topicPrefix}.${schema}.${name}`);
    rows += partitions.reduce((sum, { earliest, latest }) => sum + latest - earliest, 0);
    total += Number(estimate);
  }
  return { rows, total: Math.max(rows, total) };
}
