// What Lambda tells a destination about a batch that it gives up.
// Source: https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html and .../kafka-on-failure-destination.html
import {
  eventKey,
  type KafkaRecord,
  type LambdaKafkaEvent,
  toLambdaEvent,
} from '../../../shared/kafka/index.ts';
import type { FailedBatch, FailureCondition } from './on-failure-destination.ts';

export interface InvocationRecord<BatchInfo> {
  readonly requestContext: {
    readonly requestId: string;
    readonly functionArn: string;
    readonly condition: FailureCondition;
    readonly approximateInvokeCount: number;
  };
  /** Null where the function was not invoked. */
  readonly responseContext: {
    readonly statusCode: 200;
    readonly executedVersion: '$LATEST';
    readonly functionError: 'Unhandled';
  } | null;
  readonly version: '1.0';
  /** ISO 8601. */
  readonly timestamp: string;
  readonly KafkaBatchInfo: {
    readonly batchSize: number;
    /** Null for a self-managed cluster. */
    readonly eventSourceArn: string | null;
    readonly bootstrapServers: string;
    /** Bytes of the event. */
    readonly payloadSize: number;
  } & BatchInfo;
}

/** What SQS and SNS get: where the records lie, not the records. Offsets are text, as AWS sends them. */
export type BatchRecord = InvocationRecord<{
  readonly recordsInfo: Readonly<
    Record<
      string,
      {
        readonly firstRecordOffset: string;
        readonly lastRecordOffset: string;
        readonly firstRecordTimestamp: string;
        readonly lastRecordTimestamp: string;
      }
    >
  >;
}>;

/** What S3 gets: the same and the whole event, as JSON inside of a text. */
export type BatchRecordWithPayload = BatchRecord & { readonly payload: string };

/** What a Kafka topic gets, once for every record; `payload` is the event with that record alone. */
export type SingleRecord = InvocationRecord<{
  readonly recordInfo: { readonly offset: string; readonly timestamp: string };
}> & { readonly payload?: LambdaKafkaEvent };

export function batchRecord(batch: FailedBatch): BatchRecord {
  return withBatchInfo(batch, eventText(batch));
}

export function batchRecordWithPayload(batch: FailedBatch): BatchRecordWithPayload {
  const payload = eventText(batch);
  return { ...withBatchInfo(batch, payload), payload };
}

/** @param record one of the batch */
export function singleRecord(batch: FailedBatch, record: KafkaRecord): SingleRecord {
  const payload = toLambdaEvent(batch.source, [record]);
  const recordInfo = { offset: String(record.offset), timestamp: iso(record.timestamp) };
  return {
    ...commonFields(batch, 1, Buffer.byteLength(JSON.stringify(payload)), { recordInfo }),
    payload,
  };
}

function withBatchInfo(batch: FailedBatch, payload: string): BatchRecord {
  const { records } = batch;
  const [first, last] = [records[0]!, records.at(-1)!];
  const recordsInfo = {
    [eventKey(first)]: {
      firstRecordOffset: String(first.offset),
      lastRecordOffset: String(last.offset),
      firstRecordTimestamp: iso(first.timestamp),
      lastRecordTimestamp: iso(last.timestamp),
    },
  };
  return commonFields(batch, records.length, Buffer.byteLength(payload), { recordsInfo });
}

function commonFields<BatchInfo>(
  batch: FailedBatch,
  batchSize: number,
  payloadSize: number,
  info: BatchInfo,
): InvocationRecord<BatchInfo> {
  const { requestId, functionArn, condition, approximateInvokeCount, source } = batch;
  return {
    requestContext: { requestId, functionArn, condition, approximateInvokeCount },
    responseContext:
      approximateInvokeCount === 0
        ? null
        : { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    version: '1.0',
    timestamp: iso(batch.at),
    KafkaBatchInfo: {
      batchSize,
      eventSourceArn: source.eventSourceArn ?? null,
      bootstrapServers: source.bootstrapServers,
      payloadSize,
      ...info,
    },
  };
}

function eventText({ source, records }: FailedBatch): string {
  return JSON.stringify(toLambdaEvent(source, records));
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
