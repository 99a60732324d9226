// What a function says about a batch with `ReportBatchItemFailures`.
// Source: https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html; for Kafka an item identifier is
// the object `{partition: "<topic>-<partition>", offset}`.
import { eventKey, type KafkaRecord } from '../../shared/kafka/index.ts';

export type BatchOutcome =
  | { readonly type: 'success' }
  /** Records before `failedFrom` are done; that record and all after it are to be delivered again. */
  | {
      readonly type: 'failure';
      readonly failedFrom: number;
      readonly named: boolean;
      readonly error: string;
    };

/**
 * Reads the function's answer. A committed offset covers all before it, so the lowest failed record and everything after
 * it come again, a superset of what the function asked for. An answer that cannot be understood fails the whole batch.
 */
export function outcomeOfResponse(response: unknown, records: readonly KafkaRecord[]): BatchOutcome {
  if (response === null || response === undefined) return { type: 'success' };
  const failures: unknown = (response as { batchItemFailures?: unknown }).batchItemFailures;
  if (failures === null || failures === undefined) return { type: 'success' };
  if (!Array.isArray(failures))
    return wholeBatch(`batchItemFailures must be a list, got ${JSON.stringify(failures)}`);
  const indexOf = new Map<unknown, number>(records.map((record, index) => [record.offset, index]));
  let failedFrom = records.length;
  for (const failure of failures as readonly { itemIdentifier?: Identifier }[]) {
    const identifier = failure?.itemIdentifier;
    const index = indexOf.get(identifier?.offset);
    if (index === undefined || identifier?.partition !== eventKey(records[index]!)) {
      return wholeBatch(`item identifier ${JSON.stringify(identifier)} names no record of this batch`);
    }
    failedFrom = Math.min(failedFrom, index);
  }
  if (failedFrom === records.length) return { type: 'success' };
  const error = `reported as failed: offset ${records[failedFrom]!.offset}`;
  return { type: 'failure', failedFrom, named: true, error };
}

export function wholeBatch(error: string): BatchOutcome {
  return { type: 'failure', failedFrom: 0, named: false, error };
}

interface Identifier {
  readonly partition?: unknown;
  readonly offset?: unknown;
}
