import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs from 'kafkajs';
import { openKafkaEventLog } from '../../shared/adapters/kafka-event-log.ts';
import { epochMillis } from '../../shared/domain/index.ts';
import type { EventLog } from '../../shared/kafka/index.ts';
import { type FunctionPool, openFunctionPool } from '../plugin/function-pool.ts';
import type { ServerlessInstance } from '../plugin/serverless-service.ts';
import { startEventSourceMapping } from '../poller/index.ts';
import { runningService } from '../services/native/running-services.ts';
import { percentile } from './percentiles.ts';

const RECORDS = 120_000;
const RECORD_BYTES = 500;
const PARTITIONS = 4;
const BATCH_SIZE = 1000;
const ROUNDS = 5;
const FUNCTION = 'nothing';

/**
 * How many records per second come from Kafka through the event source mapping to a function that does nothing, in a worker
 * thread of serverless-offline as `sls offline` hosts it, beside a plain kafkajs `eachBatch` that does nothing. The rounds
 * of the two alternate, since the machine's pace changes; medians are compared.
 */
export async function benchKafkaMapping(print: (line: string) => void): Promise<void> {
  const brokers = [new URL(runningService('kafka').url).host];
  const folder = await mkdtemp(join(tmpdir(), 'kafka-mapping-'));
  const log = await openKafkaEventLog({ brokers, onProblem: print });
  const pool = await openNoOpPool(folder, print);
  const topic = `bench-${randomUUID()}`;
  try {
    await preload(log, topic, print);
    const plain: number[] = [];
    const mapped: number[] = [];
    for (let round = 1; round <= ROUNDS; round += 1) {
      plain.push(await plainEachBatch(brokers, topic));
      mapped.push(await throughMapping(log, pool, topic, print));
      print(`round ${round}: eachBatch ${rate(plain.at(-1)!)}, mapping ${rate(mapped.at(-1)!)}`);
    }
    const [plainMedian, mappedMedian] = [median(plain), median(mapped)];
    print(`plain kafkajs eachBatch, median: ${rate(plainMedian)}`);
    print(`event source mapping, batches of ${BATCH_SIZE}, median: ${rate(mappedMedian)}`);
    print(`ratio: ${(mappedMedian / plainMedian).toFixed(2)}`);
  } finally {
    await pool.close();
    await log.close();
    await deleteTopic(brokers, topic);
    await rm(folder, { recursive: true });
  }
}

async function preload(log: EventLog, topic: string, print: (line: string) => void): Promise<void> {
  await log.createTopics([{ topic, partitions: PARTITIONS }]);
  const begin = performance.now();
  for (let from = 0; from < RECORDS; from += 4000) {
    await log.append(
      Array.from({ length: 4000 }, (_, i) => ({
        topic,
        timestamp: epochMillis(Date.now()),
        key: Buffer.from(`{"order_id":${from + i}}`),
        value: orderChange(from + i),
      })),
    );
  }
  const perSecond = (RECORDS / (performance.now() - begin)) * 1000;
  print(
    `${RECORDS} records of ${RECORD_BYTES} bytes in ${PARTITIONS} partitions, appended at ${rate(perSecond)}`,
  );
}

/** Records per second, the time to join the group and the last commit included. */
async function throughMapping(
  log: EventLog,
  pool: FunctionPool,
  topic: string,
  print: (line: string) => void,
): Promise<number> {
  const begin = performance.now();
  let handled = 0;
  const mapping = await startEventSourceMapping({
    log,
    mapping: {
      functionName: FUNCTION,
      topic,
      groupId: `bench-${randomUUID()}`,
      batchSize: BATCH_SIZE,
      maximumBatchingWindowSeconds: 0,
    },
    invoke: async (event) => {
      const answer = await pool.invoke(FUNCTION, event);
      handled += Object.values(event.records).reduce((sum, { length }) => sum + length, 0);
      return answer;
    },
    onProblem: (message, fields) => print(`${message}: ${JSON.stringify(fields)}`),
  });
  while (handled < RECORDS || (await mapping.metrics()).OffsetLag > 0) await sleep(2);
  const ms = performance.now() - begin;
  await mapping.stop();
  return (RECORDS / ms) * 1000;
}

/** Records per second, the time to join the group included; commits as kafkajs does by itself. */
async function plainEachBatch(brokers: string[], topic: string): Promise<number> {
  const kafka = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.ERROR });
  const consumer = kafka.consumer({ groupId: `bench-${randomUUID()}`, maxWaitTimeInMs: 100 });
  const begin = performance.now();
  let seen = 0;
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    consumer
      .run({
        partitionsConsumedConcurrently: PARTITIONS,
        eachBatch: async ({ batch }) => {
          seen += batch.messages.length;
          if (seen >= RECORDS) resolve();
        },
      })
      .catch(reject);
  });
  const ms = performance.now() - begin;
  await consumer.disconnect();
  return (RECORDS / ms) * 1000;
}

/** The pool of `sls offline` over a service of one function. */
async function openNoOpPool(folder: string, print: (line: string) => void): Promise<FunctionPool> {
  await writeFile(join(folder, `${FUNCTION}.mjs`), 'export const handler = async () => {};\n');
  const definition = { handler: `${FUNCTION}.handler`, name: FUNCTION };
  const serverless: ServerlessInstance & { config: Record<string, string> } = {
    serviceDir: folder,
    config: { serverlessPath: folder, servicePath: folder },
    service: {
      service: 'bench',
      provider: { region: 'us-east-1' },
      getAllFunctions: () => [FUNCTION],
      getFunction: () => definition,
    },
  };
  const ignore = (): void => undefined;
  return openFunctionPool(
    serverless,
    { terminateIdleLambdaTime: 60 },
    {
      error: (...parts) => print(parts.map(String).join(' ')),
      warning: ignore,
      notice: ignore,
      info: ignore,
      verbose: ignore,
      debug: ignore,
    },
  );
}

async function deleteTopic(brokers: string[], topic: string): Promise<void> {
  const admin = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.ERROR }).admin();
  await admin.connect();
  await admin.deleteTopics({ topics: [topic] });
  await admin.disconnect();
}

/** A change of an order as change capture writes it, at the wanted size. */
function orderChange(orderId: number): Buffer {
  const after = { order_id: orderId, user_id: orderId % 997, total_amount: '42.50', status: 'completed' };
  return Buffer.from(
    JSON.stringify({ before: null, after, source: { table: 'orders' }, op: 'c' }).padEnd(RECORD_BYTES),
  );
}

function median(values: readonly number[]): number {
  return percentile(
    [...values].sort((a, b) => a - b),
    0.5,
  );
}

function rate(perSecond: number): string {
  return `${Math.round(perSecond).toLocaleString('en')} records/s`;
}
