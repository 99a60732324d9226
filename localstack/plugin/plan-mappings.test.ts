import { describe, expect, it } from 'vitest';
import { planMappings } from './plan-mappings.ts';
import type { FunctionDefinition, KafkaEvent } from './serverless-service.ts';

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
          maximumRetryAttempts: -1,
          maximumRecordAgeSeconds: -1,
          bisectBatchOnFunctionError: false,
          reportBatchItemFailures: false,
          filterPatterns: [],
          onFailureDestination: null,
          functionTimeoutSeconds: 6,
        },
        source: { eventSource: 'SelfManagedKafka', bootstrapServers: 'b1:9092,b2:9092' },
        deployedName: 'shop-dev-consume',
        functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:shop-dev-consume',
        concurrency: 5,
        reservedConcurrency: null,
      },
    ]);
  });

  it('takes every setting over', () => {
    const [mapping] = planFunction({
      name: 'other-name',
      timeout: 120,
      reservedConcurrency: 2,
      events: [
        {
          kafka: {
            topic: 'a',
            consumerGroupId: 'group',
            batchSize: 7,
            maximumBatchingWindow: 0,
            startingPosition: 'AT_TIMESTAMP',
            startingPositionTimestamp: 1_700_000_000.5,
            maximumRetryAttempts: 3,
            maximumRecordAgeInSeconds: 3600,
            bisectBatchOnFunctionError: true,
            functionResponseTypes: ['ReportBatchItemFailures'],
            filterPatterns: [{ value: { op: ['c'] } }],
            onFailureDestination: 'kafka://elsewhere',
            provisionedPollerConfig: { minimumPollers: 2, maximumPollers: 3 },
          },
        },
      ],
    });
    expect(mapping).toMatchObject({
      settings: {
        groupId: 'group',
        batchSize: 7,
        maximumBatchingWindowSeconds: 0,
        startingPosition: { type: 'AT_TIMESTAMP', timestamp: 1_700_000_000_500 },
        maximumRetryAttempts: 3,
        maximumRecordAgeSeconds: 3600,
        bisectBatchOnFunctionError: true,
        reportBatchItemFailures: true,
        filterPatterns: [{ value: { op: ['c'] } }],
        onFailureDestination: { type: 'kafka', topic: 'elsewhere' },
        functionTimeoutSeconds: 120,
      },
      deployedName: 'other-name',
      concurrency: 15,
      reservedConcurrency: 2,
    });
  });

  it('reads msk events beside kafka events', () => {
    const arn = 'arn:aws:kafka:eu-central-1:123456789012:cluster/shop/751d2973-a626-431c-9d4e-d7975eb44dd7-2';
    const [resolved, reference] = planFunction({
      events: [{ msk: { topic: 'a', arn } }, { msk: { topic: 'b', arn: { Ref: 'Cluster' } } }],
    });
    expect(resolved).toMatchObject({
      settings: { topic: 'a', groupId: 'shop-consume-a' },
      source: { eventSource: 'aws:kafka', eventSourceArn: arn },
    });
    expect(reference!.source.eventSourceArn).toMatch(/^arn:aws:kafka:/);
  });

  it('does not let a mapping with a destination retry for ever', () => {
    const [mapping] = plan({ topic: 'a', onFailureDestination: 'kafka://b', maximumRetryAttempts: -1 });
    expect(mapping!.settings.maximumRetryAttempts).toBe(10);
  });

  it.each<[Partial<KafkaEvent>, string]>([
    [{ onFailureDestination: 'arn:aws:lambda:x' }, 'onFailureDestination must be kafka://<topic>'],
    [{ onFailureDestination: 'kafka://a' }, 'onFailureDestination must be another topic'],
    [
      { startingPosition: 'AT_TIMESTAMP' },
      'event of consume on a: AT_TIMESTAMP needs startingPositionTimestamp',
    ],
    [{ batchSize: 0 }, 'consume on a: batchSize must be from 1 to 10000, got 0'],
    [{ maximumBatchingWindow: 301 }, 'maximumBatchingWindowSeconds must be from 0 to 300'],
    [{ maximumRetryAttempts: -2 }, 'maximumRetryAttempts must be from -1 to 10000'],
    [{ maximumRecordAgeInSeconds: 59 }, 'maximumRecordAgeSeconds must be from 60 to 604800'],
    [{ consumerGroupId: 'a b' }, 'groupId must be 1 to 200 letters'],
    [{ filterPatterns: [{ value: { op: ['c', { prefx: 'x' }] } }] }, 'filterPatterns[0].value.op[1] must be'],
    [{ provisionedPollerConfig: { minimumPollers: 201 } }, 'minimumPollers from 1 to 200'],
    [{ provisionedPollerConfig: { minimumPollers: 5, maximumPollers: 4 } }, 'got 5 and 4'],
  ])('refuses %j', (event, message) => {
    expect(() => plan({ topic: 'a', ...event })).toThrow(message);
  });

  it('refuses a function that may run longer than Lambda lets one with a Kafka trigger', () => {
    expect(() => planFunction({ timeout: 841, events: [{ kafka: { topic: 'a' } }] })).toThrow(
      'functionTimeoutSeconds must be from 1 to 840, got 841',
    );
  });

  it('refuses two mappings of one consumer group', () => {
    expect(() => plan({ topic: 'a', consumerGroupId: 'g' }, { topic: 'b', consumerGroupId: 'g' })).toThrow(
      'event of consume on b: consumer group g is that of consume on a',
    );
    expect(() => plan({ topic: 'a' }, { topic: 'a' })).toThrow('consumer group shop-consume-a is that of');
  });
});

function plan(...events: readonly KafkaEvent[]) {
  return planFunction({ events: events.map((kafka) => ({ kafka })) });
}

function planFunction(definition: FunctionDefinition) {
  return planMappings({
    service: {
      service: 'shop',
      provider: {},
      getAllFunctions: () => ['consume', 'other'],
      getFunction: (name) => (name === 'consume' ? definition : {}),
    },
  });
}
