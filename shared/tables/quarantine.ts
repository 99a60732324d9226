import { type EpochMillis, microsOfMillis } from '../domain/index.ts';
import { type Batch, batchOfRows } from '../lake/index.ts';
import { QUARANTINE } from './catalogue.ts';

/** A record that could not be read, as it lay in its topic. */
export interface QuarantinedRecord {
  readonly record: {
    readonly topic: string;
    readonly partition: number;
    readonly offset: number;
    readonly timestamp: EpochMillis;
    readonly key: Uint8Array | null;
    readonly value: Uint8Array | null;
    readonly headers: readonly (readonly [key: string, value: Uint8Array])[];
  };
  readonly reason: string;
}

/** Rows of `quarantine/records`: the original bytes, the coordinates, and why `functionName` refused them. */
export function quarantineBatch(
  records: readonly QuarantinedRecord[],
  functionName: string,
  at: EpochMillis,
): Batch {
  return batchOfRows(
    QUARANTINE.schema,
    records.map(({ record, reason }) => ({
      topic: record.topic,
      partition: record.partition,
      offset: BigInt(record.offset),
      timestamp: microsOfMillis(record.timestamp),
      key: record.key,
      value: record.value,
      headers: JSON.stringify(
        record.headers.map(([name, value]) => [name, Buffer.from(value).toString('base64')]),
      ),
      reason,
      function: functionName,
      quarantined_at: microsOfMillis(at),
    })),
  );
}
