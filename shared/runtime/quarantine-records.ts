import { alertRecord, quarantineAlert } from '../control/index.ts';
import type { EpochMillis } from '../domain/index.ts';
import type { EventLog, KafkaRecord } from '../kafka/index.ts';
import type { Table } from '../lake/index.ts';
import { appendOnce, QUARANTINE, quarantineBatch, type SourceBatch } from '../tables/index.ts';

export interface MalformedRecord {
  readonly record: KafkaRecord;
  readonly reason: string;
  readonly offset: number;
}

export interface QuarantinePorts {
  readonly lakeTable: (path: string) => Table;
  readonly eventLog: Pick<EventLog, 'append'>;
  readonly now: () => EpochMillis;
}

/**
 * Keeps what a function could not read in `quarantine/records`, exactly once, and tells it in `platform_alerts`. The alert goes
 * first: were it lost between the two, a redelivery would find nothing left to quarantine, nor to tell.
 * @returns how many records this call added
 */
export async function quarantineRecords(
  functionName: string,
  malformed: readonly MalformedRecord[],
  source: SourceBatch,
  { lakeTable, eventLog, now }: QuarantinePorts,
): Promise<number> {
  const [first] = malformed;
  if (first === undefined) return 0;
  const at = now();
  const { offset, reason } = first;
  const { topic, partition } = source;
  const count = malformed.length;
  const alert = quarantineAlert({ functionName, topic, partition, offset, reason, count }, at);
  await eventLog.append([alertRecord(alert)]);
  const { name, schema, configuration } = QUARANTINE;
  return appendOnce(lakeTable(name), source, malformed, (fresh) => ({
    schema,
    configuration,
    batches: [quarantineBatch(fresh, functionName, at)],
  }));
}
