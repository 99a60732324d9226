import { epochMillis } from '../../../shared/domain/index.ts';
import type { FailedBatch } from './on-failure-destination.ts';

const record = (offset: number, key: string | null, value: string) => ({
  topic: 'orders',
  partition: 2,
  offset,
  timestamp: epochMillis(Date.UTC(2026, 10, 23, 5, 0, offset)),
  key: key === null ? null : Buffer.from(key),
  value: Buffer.from(value),
  headers: [['trace', Uint8Array.from([0, 255])] as const],
});

/** Two records that a function failed on three times. */
export const FAILED_BATCH: FailedBatch = {
  records: [record(7, 'k7', 'first'), record(9, null, 'second')],
  source: { eventSource: 'SelfManagedKafka', bootstrapServers: 'b1:9092,b2:9092' },
  functionName: 'consume',
  functionArn: 'arn:aws:lambda:eu-central-1:000000000000:function:shop-dev-consume',
  condition: 'RetryAttemptsExhausted',
  error: 'order has no id',
  requestId: 'e4b46cbf-b738-4880-8880-a18cdf61200e',
  approximateInvokeCount: 3,
  at: epochMillis(Date.UTC(2026, 10, 23, 5, 6, 7, 89)),
};
