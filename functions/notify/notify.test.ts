import { describe, expect, it } from 'vitest';
import {
  ALERTS_TOPIC,
  claimDelivery,
  encodeAlert,
  latestAlerts,
  type Notifier,
  type PlatformAlert,
} from '../../shared/control/index.ts';
import { manualTime } from '../../shared/control/manual-time.ts';
import { createMemoryControlTable } from '../../shared/control/memory-control-table.ts';
import { epochMillis } from '../../shared/domain/index.ts';
import { type KafkaRecord, toLambdaEvent } from '../../shared/kafka/index.ts';
import { alertOfRecord } from './alert-of-record.ts';
import { CLAIM_MS, notify } from './notify.ts';

const START = Date.UTC(2026, 10, 23, 2, 15);

const JOB_FAILED: PlatformAlert = {
  alertId: 'daily/r1/train-model',
  kind: 'job-failed',
  at: epochMillis(START),
  source: 'daily/train-model',
  title: 'Job train-model of the daily pipeline failed',
  detail: 'no interactions',
};

function record(value: Uint8Array | null, offset = 0): KafkaRecord {
  return {
    topic: ALERTS_TOPIC,
    partition: 0,
    offset,
    timestamp: epochMillis(START),
    key: null,
    value,
    headers: [],
  };
}

const ORDERS = 'ecommerce.public.orders';

/** As the event source mapping writes it: AWS's JSON, and headers of ours. */
function deadLetter(offset: number, atMs = 0): KafkaRecord {
  const original = { ...record(Buffer.from('?'), offset), topic: ORDERS, partition: 2 };
  const letter = {
    requestContext: {
      requestId: 'e4b46cbf-b738-4880-8880-a18cdf61200e',
      functionArn: 'arn:aws:lambda:eu-central-1:000000000000:function:shop-dev-ingest-changes:$LATEST',
      condition: 'RetryAttemptsExhausted',
      approximateInvokeCount: 6,
    },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    version: '1.0',
    timestamp: new Date(START + atMs).toISOString(),
    KafkaBatchInfo: {
      batchSize: 1,
      recordInfo: { offset: String(offset), timestamp: new Date(START - 5000).toISOString() },
    },
    payload: toLambdaEvent({ eventSource: 'SelfManagedKafka', bootstrapServers: 'b:9092' }, [original]),
  };
  const headers = { topic: ORDERS, partition: 2, function: 'ingest-changes', error: 'order has no id' };
  return {
    ...record(Buffer.from(JSON.stringify(letter))),
    topic: `${ORDERS}.dead-letter`,
    timestamp: epochMillis(START + atMs),
    headers: Object.entries(headers).map(([name, value]) => [
      `dead-letter.${name}`,
      Buffer.from(String(value)),
    ]),
  };
}

/** A channel that remembers what it took, and fails as long as it is told to. */
function channel(name: string) {
  const taken: string[] = [];
  const state = { broken: false };
  const notifier: Notifier = {
    channel: name,
    notify: async (alert) => {
      if (state.broken) throw new Error(`${name} is down`);
      taken.push(alert.alertId);
    },
  };
  return { notifier, taken, state };
}

function setup() {
  const [slack, email] = [channel('slack'), channel('email')];
  const time = manualTime(START);
  const controlTable = createMemoryControlTable();
  const ports = { notifiers: [slack.notifier, email.notifier], controlTable, time };
  return { slack, email, time, controlTable, run: (...records: KafkaRecord[]) => notify(records, ports) };
}

describe('notify', () => {
  it('tells an alert by every channel and keeps it for the dashboard', async () => {
    const { slack, email, controlTable, run } = setup();
    expect(await run(record(encodeAlert(JOB_FAILED)))).toEqual({ alerts: 1, delivered: 2, repeated: 0 });
    expect([slack.taken, email.taken]).toEqual([[JOB_FAILED.alertId], [JOB_FAILED.alertId]]);
    expect(await latestAlerts(controlTable, 9)).toEqual([JOB_FAILED]);
  });

  it('tells nothing twice when a batch comes again, alone or beside others', async () => {
    const { slack, email, run } = setup();
    const first = record(encodeAlert(JOB_FAILED));
    await run(first);
    const second = record(encodeAlert({ ...JOB_FAILED, alertId: 'daily/r2/train-model' }), 1);
    expect(await run(first, second)).toEqual({ alerts: 2, delivered: 2, repeated: 2 });
    expect(slack.taken).toEqual(['daily/r1/train-model', 'daily/r2/train-model']);
    expect(email.taken).toEqual(slack.taken);
  });

  it('goes on with the other channels when one fails, and repeats only that one', async () => {
    const { slack, email, run } = setup();
    slack.state.broken = true;
    await expect(run(record(encodeAlert(JOB_FAILED)))).rejects.toMatchObject({
      code: 'notification_failed',
      retryable: true,
      message: 'slack is down',
    });
    expect(email.taken).toHaveLength(1);
    slack.state.broken = false;
    expect(await run(record(encodeAlert(JOB_FAILED)))).toEqual({ alerts: 1, delivered: 1, repeated: 1 });
    expect([slack.taken.length, email.taken.length]).toEqual([1, 1]);
  });

  it('fails on a record that is no alert, after telling the others', async () => {
    const { slack, run } = setup();
    const batch = [record(Buffer.from('{}')), record(null, 1), record(encodeAlert(JOB_FAILED), 2)];
    await expect(run(...batch)).rejects.toThrow(/no usable format.*platform_alerts-0@1 is no alert/);
    expect(slack.taken).toEqual([JOB_FAILED.alertId]);
  });

  it('waits for the claim of an invocation that died', async () => {
    const { slack, time, controlTable, run } = setup();
    await claimDelivery(controlTable, { id: JOB_FAILED.alertId, channel: 'slack' }, time.now(), CLAIM_MS);
    expect(await run(record(encodeAlert(JOB_FAILED)))).toEqual({ alerts: 1, delivered: 2, repeated: 0 });
    expect(time.now() - START).toBe(CLAIM_MS);
    expect(slack.taken).toHaveLength(1);
  });

  it('says in plain words which record was given up, where and why', () => {
    expect(alertOfRecord(deadLetter(41))).toEqual({
      alertId: `dead-letter/ingest-changes/ecommerce.public.orders-2@41/${START - 5000}`,
      kind: 'dead-letter',
      at: START,
      source: 'ingest-changes < ecommerce.public.orders',
      title: 'A record of ecommerce.public.orders could not be processed by ingest-changes',
      detail:
        'order has no id (record ecommerce.public.orders-2@41, 6 attempts; kept in ecommerce.public.orders.dead-letter)',
    });
  });

  it('understands a dead letter that Lambda itself wrote, and one of somebody else', () => {
    expect(alertOfRecord({ ...deadLetter(41), headers: [] })).toMatchObject({
      alertId: `dead-letter/shop-dev-ingest-changes/ecommerce.public.orders-2@41/${START - 5000}`,
      detail:
        'RetryAttemptsExhausted (record ecommerce.public.orders-2@41, 6 attempts; kept in ecommerce.public.orders.dead-letter)',
    });
    const foreign = { ...deadLetter(41), headers: [], value: Buffer.from('?') };
    expect(alertOfRecord(foreign)).toMatchObject({
      title: 'A record of ecommerce.public.orders could not be processed by a function',
      detail:
        'no reason was recorded (record ecommerce.public.orders-?@?; kept in ecommerce.public.orders.dead-letter)',
    });
  });

  it('tells the dead letters of one function and topic once an hour, and keeps them all', async () => {
    const { slack, controlTable, run } = setup();
    await run(deadLetter(1), deadLetter(2, 1000), deadLetter(3, 3_600_000));
    expect(slack.taken).toEqual([alertOfRecord(deadLetter(1)).alertId, alertOfRecord(deadLetter(3)).alertId]);
    expect(await latestAlerts(controlTable, 9)).toHaveLength(3);
  });
});
