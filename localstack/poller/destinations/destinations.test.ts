import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { openFolderStore } from '../../../shared/adapters/fs-object-store.ts';
import { PlatformError } from '../../../shared/errors.ts';
import { type NewRecord, recordsOfEvent } from '../../../shared/kafka/index.ts';
import { HandFedLog } from '../hand-fed-log.fixture.ts';
import { destinationAddress, type QueueAddress } from './destination-address.ts';
import { FAILED_BATCH } from './failed-batch.fixture.ts';
import { batchRecord, batchRecordWithPayload } from './invocation-record.ts';
import { kafkaDestination } from './kafka-destination.ts';
import { onFailureDestinationContract } from './on-failure-destination.contract.ts';
import { openDestination } from './open-destination.ts';
import { querySender } from './query-sender.ts';
import { queueDestination } from './queue-destination.ts';
import { s3Destination } from './s3-destination.ts';

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0)) await step();
});

onFailureDestinationContract('Kafka topic', 2, async () => {
  const log = new HandFedLog();
  let refuses = false;
  const append = async (records: readonly NewRecord[]) => {
    if (refuses) throw new Error('broker is away');
    return log.append(records);
  };
  return {
    destination: kafkaDestination('dead', { append }),
    kept: async () => log.appended.map(({ value }) => JSON.parse(Buffer.from(value!).toString())),
    refuse: () => {
      refuses = true;
      return () => {
        refuses = false;
      };
    },
  };
});

onFailureDestinationContract('S3 bucket', 1, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bucket-'));
  undo.push(() => rm(folder, { recursive: true }));
  const store = await openFolderStore(folder);
  let refuses = false;
  return {
    destination: s3Destination('esm-id', 'failed/', {
      put: async (path, bytes) => {
        if (refuses) throw new Error('access denied');
        await store.put(path, bytes);
      },
    }),
    kept: async () =>
      Promise.all(
        (await store.list('')).map(async ({ path }) =>
          JSON.parse(Buffer.from((await store.get(path))!).toString()),
        ),
      ),
    refuse: () => {
      refuses = true;
      return () => {
        refuses = false;
      };
    },
  };
});

for (const [name, arn, messageField] of [
  ['SQS queue', 'arn:aws:sqs:eu-central-1:123456789012:failed', 'MessageBody'],
  ['SNS topic', 'arn:aws:sns:eu-central-1:123456789012:failed', 'Message'],
] as const) {
  onFailureDestinationContract(name, 1, async () => {
    const { server, forms, answer } = await formServer();
    const { port } = server.address() as AddressInfo;
    const send = querySender({ endpoint: `http://127.0.0.1:${port}/`, sign: null });
    return {
      destination: queueDestination(destinationAddress(arn) as QueueAddress, send),
      kept: async () => forms.map((form) => JSON.parse(form.get(messageField)!)),
      refuse: () => {
        answer.status = 503;
        return () => {
          answer.status = 200;
        };
      },
    };
  });
}

describe('Kafka destination', () => {
  it("writes one message for each record: its key and headers, AWS's JSON with the record in it (rule 11)", async () => {
    const log = new HandFedLog();
    await kafkaDestination('dead', log).deliver(FAILED_BATCH);
    expect(log.appended.map(({ topic, key }) => [topic, key && Buffer.from(key).toString()])).toEqual([
      ['dead', 'k7'],
      ['dead', null],
    ]);
    const letter = JSON.parse(Buffer.from(log.appended[0]!.value!).toString());
    expect(letter.KafkaBatchInfo).toEqual({
      batchSize: 1,
      eventSourceArn: null,
      bootstrapServers: 'b1:9092,b2:9092',
      payloadSize: JSON.stringify(letter.payload).length,
      recordInfo: { offset: '7', timestamp: '2026-11-23T05:00:07.000Z' },
    });
    expect(recordsOfEvent(letter.payload)).toEqual([FAILED_BATCH.records[0]]);
    expect(
      log.appended[0]!.headers!.map(([name, value]) => [name, Buffer.from(value).toString('latin1')]),
    ).toEqual([
      ['trace', '\u0000ÿ'],
      ['dead-letter.topic', 'orders'],
      ['dead-letter.partition', '2'],
      ['dead-letter.function', 'consume'],
      ['dead-letter.error', 'order has no id'],
    ]);
  });

  it('leaves the record out where the log cannot take the JSON around it (rule 11)', async () => {
    const appended: NewRecord[] = [];
    const append = async (records: readonly NewRecord[]) => {
      if (records.some(({ value }) => value!.length > 800)) {
        throw new PlatformError('record_too_large', 'more than 800 bytes');
      }
      appended.push(...records);
      return [];
    };
    await kafkaDestination('dead', { append }).deliver(FAILED_BATCH);
    const letters = appended.map(({ value }) => JSON.parse(Buffer.from(value!).toString()));
    expect(letters.map(({ KafkaBatchInfo, payload }) => [KafkaBatchInfo.recordInfo.offset, payload])).toEqual(
      [
        ['7', undefined],
        ['9', undefined],
      ],
    );
  });
});

describe('S3 destination', () => {
  it('names the object after the mapping, the partition and the time, and puts a repetition in its place (rule 11)', async () => {
    const objects = new Map<string, string>();
    const put = async (path: string, bytes: Uint8Array) => {
      objects.set(path, Buffer.from(bytes).toString());
    };
    const destination = s3Destination('esm-id', 'failed/', { put });
    await destination.deliver(FAILED_BATCH);
    await destination.deliver(FAILED_BATCH);
    expect([...objects.keys()]).toEqual([
      `failed/aws/lambda/esm-id/orders-2/2026/11/23/2026-11-23T05.06.07-${FAILED_BATCH.requestId}`,
    ]);
    const [body] = objects.values();
    expect(JSON.parse(body!)).toEqual(batchRecordWithPayload(FAILED_BATCH));
    expect(recordsOfEvent(JSON.parse(JSON.parse(body!).payload))).toEqual(FAILED_BATCH.records);
  });
});

describe('SQS and SNS destinations', () => {
  it('send where the records lie, and not the records (rule 11)', async () => {
    const { server, forms } = await formServer();
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const address = destinationAddress('arn:aws:sqs:eu-central-1:123456789012:failed') as QueueAddress;
    const sign = (request: { headers: Readonly<Record<string, string>> }, scope: { region: string }) => ({
      ...request.headers,
      authorization: `signed for ${scope.region}`,
    });
    await queueDestination(address, querySender({ endpoint, sign })).deliver(FAILED_BATCH);
    expect(forms[0]!.get('QueueUrl')).toBe(`${endpoint}/123456789012/failed`);
    expect(forms[0]!.get('authorization')).toBe('signed for eu-central-1');
    const message = JSON.parse(forms[0]!.get('MessageBody')!);
    expect(message).toEqual(batchRecord(FAILED_BATCH));
    expect(message.KafkaBatchInfo).toEqual({
      batchSize: 2,
      eventSourceArn: null,
      bootstrapServers: 'b1:9092,b2:9092',
      payloadSize: Buffer.byteLength(batchRecordWithPayload(FAILED_BATCH).payload),
      recordsInfo: {
        'orders-2': {
          firstRecordOffset: '7',
          lastRecordOffset: '9',
          firstRecordTimestamp: '2026-11-23T05:00:07.000Z',
          lastRecordTimestamp: '2026-11-23T05:00:09.000Z',
        },
      },
    });
  });
});

describe('destinationAddress', () => {
  it.each([
    ['kafka://orders.dead-letter', { type: 'kafka', topic: 'orders.dead-letter' }],
    ['arn:aws:s3:::failed-events', { type: 's3', bucket: 'failed-events', prefix: '' }],
    ['arn:aws:s3:::failed-events/of/shop', { type: 's3', bucket: 'failed-events', prefix: 'of/shop/' }],
    ['arn:aws:sqs:us-east-2:123456789012:failed', { type: 'sqs', region: 'us-east-2', name: 'failed' }],
    ['arn:aws-cn:sns:cn-north-1:123456789012:failed', { type: 'sns', accountId: '123456789012' }],
  ])('reads %s', (text, address) => {
    expect(destinationAddress(text)).toMatchObject(address);
  });

  it.each([
    '',
    'orders',
    'kafka://',
    'kafka://.x',
    'arn:aws:lambda:us-east-1:123456789012:function:x',
    'arn:aws:sqs:x',
  ])('refuses %j', (text) => {
    expect(() => destinationAddress(text)).toThrow('onFailureDestination must be kafka://<topic>');
  });
});

describe('openDestination', () => {
  it('says which port a destination needs', async () => {
    const address = destinationAddress('arn:aws:s3:::failed-events');
    const options = { log: new HandFedLog(), mappingId: 'esm-id', ports: {} };
    await expect(openDestination(address, options)).rejects.toMatchObject({
      code: 'destination_not_available',
      message: expect.stringContaining('destinations.openBucket'),
    });
  });
});

/** Takes forms, as SQS and SNS do. */
async function formServer() {
  const forms: URLSearchParams[] = [];
  const answer = { status: 200 };
  const server: Server = createServer(async (request, response) => {
    const form = new URLSearchParams(await text(request));
    form.set('authorization', request.headers.authorization ?? '');
    if (answer.status === 200) forms.push(form);
    response.writeHead(answer.status).end('<ok/>');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  undo.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return { server, forms, answer };
}
