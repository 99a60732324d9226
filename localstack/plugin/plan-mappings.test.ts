import { describe, expect, it } from 'vitest';
import { planMappings } from './plan-mappings.ts';
import type { KafkaEvent } from './serverless-service.ts';

describe('planMappings', () => {
  it('makes one mapping of every enabled kafka event, with the defaults of AWS', () => {
    const planned = plan(
      { topic: 'a', bootstrapServers: ['b1:9092', 'b2:9092'] },
      { topic: 'b', enabled: false },
    );
    expect(planned).toEqual([
      {
        settings: {
          functionName: 'consume',
          topic: 'a',
          groupId: 'shop-consume-a',
          batchSize: 100,
          maximumBatchingWindowSeconds: 0.5,
          maximumEventBytes: 6 * 1024 * 1024,
          startingPosition: { type: 'TRIM_HORIZON' },
          maximumRetryAttempts: 10,
          reportBatchItemFailures: false,
          deadLetterTopic: 'a.dead-letter',
        },
        source: { eventSource: 'SelfManagedKafka', bootstrapServers: 'b1:9092,b2:9092' },
      },
    ]);
  });

  it('takes every setting over', () => {
    const [mapping] = plan({
      topic: 'a',
      consumerGroupId: 'group',
      batchSize: 7,
      maximumBatchingWindow: 0,
      startingPosition: 'AT_TIMESTAMP',
      startingPositionTimestamp: 1_700_000_000.5,
      maximumRetryAttempts: -1,
      functionResponseTypes: ['ReportBatchItemFailures'],
      onFailureDestination: 'kafka://elsewhere',
    });
    expect(mapping!.settings).toMatchObject({
      groupId: 'group',
      batchSize: 7,
      maximumBatchingWindowSeconds: 0,
      startingPosition: { type: 'AT_TIMESTAMP', timestamp: 1_700_000_000_500 },
      maximumRetryAttempts: -1,
      reportBatchItemFailures: true,
      deadLetterTopic: 'elsewhere',
    });
  });

  it.each<[Partial<KafkaEvent>, string]>([
    [{ filterPatterns: [] }, 'filterPatterns are not supported'],
    [
      { onFailureDestination: 'arn:aws:sqs:x' },
      'onFailureDestination must be kafka://<topic>, got arn:aws:sqs:x',
    ],
    [{ startingPosition: 'AT_TIMESTAMP' }, 'needs startingPositionTimestamp'],
    [{ batchSize: 0 }, 'batchSize of consume on a must be from 1 to 10000, got 0'],
    [{ maximumBatchingWindow: 301 }, 'maximumBatchingWindowSeconds of consume on a must be from 0 to 300'],
  ])('refuses %j', (event, message) => {
    expect(() => plan({ topic: 'a', ...event })).toThrow(message);
  });
});

function plan(...events: readonly KafkaEvent[]) {
  return planMappings({
    service: {
      service: 'shop',
      provider: {},
      getAllFunctions: () => ['consume', 'other'],
      getFunction: (name) => (name === 'consume' ? { events: events.map((kafka) => ({ kafka })) } : {}),
    },
  });
}
