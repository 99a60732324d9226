import { describe, expect, it } from 'vitest';
import { mappingSettings } from '../poller/index.ts';
import { eventsForLocalStack } from './adapt-service.ts';
import { completedMapping } from './complete-mapping.ts';

describe('events for LocalStack', () => {
  it('turn routes of an HTTP API into those of a REST API and leave topics to the poller', () => {
    const events = [
      { httpApi: 'GET /' },
      { httpApi: 'GET /v1/insights/{view}' },
      { httpApi: { method: 'POST', path: '/v1/events' } },
      { kafka: { topic: 'orders' } },
      { schedule: 'rate(10 minutes)' },
    ];
    expect(eventsForLocalStack(events)).toEqual([
      { http: { method: 'get', path: '/' } },
      { http: { method: 'get', path: 'v1/insights/{view}' } },
      { http: { method: 'post', path: 'v1/events' } },
      { schedule: 'rate(10 minutes)' },
    ]);
  });
});

describe('a mapping on AWS', () => {
  const compiled = { Topics: ['orders'], BatchSize: 100 };
  const settings = mappingSettings({
    functionName: 'ingest',
    topic: 'orders',
    groupId: 'shop-ingest-orders',
    maximumRetryAttempts: 5,
    bisectBatchOnFunctionError: true,
    reportBatchItemFailures: true,
    onFailureDestination: { type: 'kafka', topic: 'orders.dead-letter' },
  });

  it('gets what osls leaves out, and the brokers of the settings', () => {
    expect(completedMapping(compiled, settings, ['one:9092', 'two:9092'])).toEqual({
      Topics: ['orders'],
      BatchSize: 100,
      SelfManagedEventSource: { Endpoints: { KafkaBootstrapServers: ['one:9092', 'two:9092'] } },
      SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: 'shop-ingest-orders' },
      ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 2 },
      MaximumRetryAttempts: 5,
      MaximumRecordAgeInSeconds: -1,
      BisectBatchOnFunctionError: true,
      DestinationConfig: { OnFailure: { Destination: 'kafka://orders.dead-letter' } },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
  });

  it('keeps its number of pollers, and has no destination where none is set', () => {
    const pollers = { ProvisionedPollerConfig: { MinimumPollers: 2, MaximumPollers: 9 } };
    const last = { ...settings, onFailureDestination: null, reportBatchItemFailures: false };
    const completed = completedMapping({ ...compiled, ...pollers }, last, ['one:9092']);
    expect(completed).toMatchObject(pollers);
    expect(completed).not.toHaveProperty('DestinationConfig');
    expect(completed).not.toHaveProperty('FunctionResponseTypes');
  });
});
