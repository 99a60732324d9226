import type { EpochMillis } from '../domain/index.ts';
import type { PlatformAlert } from './alerts.ts';

/** Records of one batch that a function could not read, by where the first of them lay. */
export interface QuarantinedRecords {
  readonly functionName: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly reason: string;
  /** Of the whole batch. */
  readonly count: number;
}

/** The same id for every delivery of the same record, so that a redelivered batch tells nothing twice. */
export function quarantineAlert(records: QuarantinedRecords, at: EpochMillis): PlatformAlert {
  const { functionName, topic, partition, offset, reason, count } = records;
  const place = `${topic}-${partition}@${offset}`;
  return {
    alertId: `quarantine/${functionName}/${place}`,
    kind: 'quarantine',
    at,
    source: `${functionName} < ${topic}`,
    title: `${count === 1 ? 'A record' : `${count} records`} of ${topic} could not be read`,
    detail: `${reason} (record ${place}; kept in quarantine/records)`,
  };
}
