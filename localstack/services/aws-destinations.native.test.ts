import { randomUUID } from 'node:crypto';
import { DeleteBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterEach, describe, expect, it } from 'vitest';
import { openS3ObjectStore } from '../../shared/adapters/s3-object-store.ts';
import { epochMillis } from '../../shared/domain/index.ts';
import { HandFedLog } from '../poller/hand-fed-log.fixture.ts';
import { destinationAddress, startEventSourceMapping } from '../poller/index.ts';
import { awsDestinations } from './aws-destinations.ts';
import { runningService } from './native/running-services.ts';

const SIGNING = {
  region: 'eu-central-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test', sessionToken: null },
};

describe('AWS destinations on MiniStack and MinIO', () => {
  const endpoint = `${runningService('ministack').url}/`;
  const name = `failed-${randomUUID()}`;
  const undo: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const step of undo.splice(0)) await step();
  });

  it('send what a mapping gives up to an SQS queue', async () => {
    const queue = await makeQueue(name);
    await giveUp(`arn:aws:sqs:${SIGNING.region}:000000000000:${name}`);
    const received = await query('sqs', { Action: 'ReceiveMessage', QueueUrl: queue, WaitTimeSeconds: '2' });
    expect(messageIn(received, 'Body')).toMatchObject({
      requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 1 },
      KafkaBatchInfo: { batchSize: 1, recordsInfo: { 'orders-0': { firstRecordOffset: '0' } } },
    });
  });

  it('publish it to an SNS topic', async () => {
    const queue = await makeQueue(name);
    const TopicArn = /<TopicArn>(.*)<\/TopicArn>/.exec(
      await query('sns', { Action: 'CreateTopic', Name: name }),
    )![1]!;
    undo.push(() => query('sns', { Action: 'DeleteTopic', TopicArn }));
    const Endpoint = `arn:aws:sqs:${SIGNING.region}:000000000000:${name}`;
    await query('sns', { Action: 'Subscribe', TopicArn, Protocol: 'sqs', Endpoint });
    await giveUp(TopicArn);
    const received = await query('sqs', { Action: 'ReceiveMessage', QueueUrl: queue, WaitTimeSeconds: '2' });
    expect(JSON.parse(messageIn(received, 'Body').Message)).toMatchObject({
      requestContext: { condition: 'RetryAttemptsExhausted' },
    });
  });

  it('put it into an S3 bucket, with the whole event', async () => {
    const { url, accessKeyId = '', secretAccessKey = '' } = runningService('minio');
    const credentials = { accessKeyId, secretAccessKey, sessionToken: null };
    const { region } = SIGNING;
    const bucket = await openS3ObjectStore({
      bucket: name,
      prefix: '',
      endpoint: url,
      region,
      credentials,
      createBucket: true,
    });
    const ports = awsDestinations({ endpoint: url, signing: { region, credentials } });
    await giveUp(`arn:aws:s3:::${name}/of-shop`, ports);
    const [object] = await bucket.list('of-shop/aws/lambda/');
    const kept = JSON.parse(Buffer.from((await bucket.get(object!.path))!).toString());
    expect(JSON.parse(kept.payload).records['orders-0'][0].value).toBe('YmFk');
    await bucket.delete(object!.path);
    const client = new S3Client({
      endpoint: url,
      region,
      credentials: { accessKeyId, secretAccessKey },
      forcePathStyle: true,
    });
    await client.send(new DeleteBucketCommand({ Bucket: name }));
    client.destroy();
  });

  /** Runs a mapping whose function fails, until its one record is given up. */
  async function giveUp(arn: string, destinations = awsDestinations({ endpoint, signing: SIGNING })) {
    const log = new HandFedLog();
    const mapping = await startEventSourceMapping({
      log,
      mapping: {
        functionName: 'consume',
        topic: 'orders',
        groupId: 'group',
        maximumBatchingWindowSeconds: 0,
        maximumRetryAttempts: 0,
        onFailureDestination: destinationAddress(arn),
      },
      invoke: async () => {
        throw new Error('bad');
      },
      onProblem: () => undefined,
      destinations,
    });
    const { assignment } = log.assign('orders', 0);
    const timestamp = epochMillis(Date.now());
    const record = { topic: 'orders', partition: 0, offset: 0, timestamp, key: null, headers: [] };
    await log.deliver([{ ...record, value: Buffer.from('bad') }], assignment);
    await expect.poll(() => log.commits, { timeout: 20_000 }).toEqual([1]);
    await mapping.stop();
  }

  async function makeQueue(queueName: string): Promise<string> {
    const created = await query('sqs', { Action: 'CreateQueue', QueueName: queueName });
    const QueueUrl = /<QueueUrl>(.*)<\/QueueUrl>/.exec(created)![1]!;
    undo.push(() => query('sqs', { Action: 'DeleteQueue', QueueUrl }));
    return QueueUrl;
  }

  async function query(service: 'sqs' | 'sns', form: Record<string, string>): Promise<string> {
    const Version = service === 'sqs' ? '2012-11-05' : '2010-03-31';
    const scope = `${SIGNING.credentials.accessKeyId}/20260101/${SIGNING.region}/${service}/aws4_request`;
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0` },
      body: new URLSearchParams({ ...form, Version }),
    });
    expect(response.status).toBe(200);
    return response.text();
  }
});

function messageIn(xml: string, element: string) {
  const [, text = ''] = new RegExp(`<${element}>([\\s\\S]*?)</${element}>`).exec(xml) ?? [];
  return JSON.parse(
    text
      .replaceAll('&quot;', '"')
      .replaceAll('&#34;', '"')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&amp;', '&'),
  );
}
