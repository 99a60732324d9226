import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { openKafkaEventLog } from '../../shared/adapters/kafka-event-log.ts';
import { openLmdbEventLog } from '../../shared/adapters/lmdb-event-log.ts';
import { readChange } from '../../shared/cdc/index.ts';
import { PlatformError } from '../../shared/errors.ts';
import type { EventLog, SourceEventLog } from '../../shared/kafka/index.ts';
import { connectClient, startDebeziumCapture } from '../services/debezium/index.ts';
import {
  type ChangeCapture,
  type ChangeSink,
  startChangeCapture,
} from '../services/embedded/change-capture/index.ts';
import { startEmbeddedPostgres } from '../services/embedded/postgres/index.ts';
import { freePort } from '../services/free-port.ts';
import { percentilesText } from './percentiles.ts';

const CHANGES = 1000;
const CHANGES_PER_SECOND = 200;
/** The first changes find cold code. */
const WARM_UP = 100;
const GIVE_UP_MS = 60_000;
const MAX_BYTES = 6 * 1024 * 1024;
const PARTITIONS = 3;

/** A change capture, and the log that it writes to. */
export interface MeasuredCapture {
  readonly databaseUrl: string;
  /** Published as `public.latency`, `id int PRIMARY KEY`. */
  readonly table: string;
  readonly eventLog: EventLog;
  readonly topic: string;
}

/**
 * Milliseconds from the moment a commit was acknowledged to the writer to the moment its record was handed to a consumer, both on
 * this process' clock, at a steady rate of changes; those of the warm-up are left out.
 */
export async function measureCaptureLatency(measured: MeasuredCapture): Promise<readonly number[]> {
  const committedAt = new Map<number, number>();
  const seenAt = new Map<number, number>();
  const consumer = await measured.eventLog.subscribe({
    groupId: `latency-${measured.topic}`,
    topic: measured.topic,
    startingPosition: { type: 'TRIM_HORIZON' },
    maxBytes: MAX_BYTES,
    deliver: async (records) => {
      const at = performance.now();
      for (const record of records) {
        const read = readChange(record);
        if (read.kind === 'change') seenAt.set(Number(read.change.after?.id), at);
      }
    },
    onError: () => {},
  });
  const client = new pg.Client(measured.databaseUrl);
  await client.connect();
  try {
    const start = performance.now();
    for (let id = 1; id <= CHANGES; id++) {
      await sleep(Math.max(0, start + (id * 1000) / CHANGES_PER_SECOND - performance.now()));
      await client.query(`INSERT INTO ${measured.table} VALUES ($1)`, [id]);
      committedAt.set(id, performance.now());
    }
    await untilSeen(seenAt);
  } finally {
    await client.end();
    await consumer.stop();
  }
  // A record can overtake the answer to its commit.
  return [...committedAt]
    .filter(([id]) => id > WARM_UP)
    .map(([id, at]) => Math.max(0, (seenAt.get(id) ?? Number.POSITIVE_INFINITY) - at));
}

/** Real servers, of which the bench uses topics, a connector and slots of its own. */
export interface CaptureServers {
  readonly kafkaUrl: string;
  readonly connectUrl: string;
}

/** Commit -> record visible to a consumer: the embedded capture on LMDB and on Kafka, and Debezium on Kafka. */
export async function benchCaptureLatency(
  servers: CaptureServers,
  print: (line: string) => void,
): Promise<void> {
  for (const [name, run] of [
    ['embedded capture on the embedded log', onLmdb],
    ['embedded capture on kafka', onKafkaEmbedded],
    ['debezium on kafka', onKafkaDebezium],
  ] as const) {
    const times = await withDatabase(servers, run);
    print(
      `commit -> record at a consumer, ${name}, ${CHANGES_PER_SECOND} changes/s: ${percentilesText(times, 'ms')}`,
    );
  }
}

interface Shop extends CaptureServers {
  readonly databaseUrl: string;
  readonly folder: string;
  /** Unique on shared servers; names the slot, the topics and the connector. */
  readonly name: string;
}

const silent = { log: () => {} };
const TABLE = 'latency';

async function withDatabase(
  servers: CaptureServers,
  run: (shop: Shop) => Promise<readonly number[]>,
): Promise<readonly number[]> {
  const folder = await mkdtemp(join(tmpdir(), 'capture-latency-'));
  const postgres = await startEmbeddedPostgres({ dataDir: folder, port: await freePort(0), log: silent });
  const client = new pg.Client(postgres.url);
  try {
    await client.connect();
    await client.query(`CREATE TABLE ${TABLE} (id int PRIMARY KEY)`);
    await client.query(`CREATE PUBLICATION ${TABLE} FOR TABLE ${TABLE}`);
    await client.end();
    return await run({
      ...servers,
      databaseUrl: postgres.url,
      folder,
      name: `latency_${process.pid}_${Date.now()}`,
    });
  } finally {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function onLmdb(shop: Shop): Promise<readonly number[]> {
  const eventLog = await openLmdbEventLog({ path: join(shop.folder, 'log') });
  const start = (sink: ChangeSink) => startChangeCapture({ ...source(shop), sink });
  return measureAndStop(shop, eventLog, start).finally(() => eventLog.close());
}

async function onKafkaEmbedded(shop: Shop): Promise<readonly number[]> {
  const eventLog = await openKafka(shop);
  const start = (sink: ChangeSink) => startChangeCapture({ ...source(shop), sink });
  return measureAndStop(shop, eventLog, start).finally(() => eventLog.close());
}

async function onKafkaDebezium(shop: Shop): Promise<readonly number[]> {
  const eventLog = await openKafka(shop);
  const { connectUrl } = shop;
  const start = (sink: ChangeSink) =>
    startDebeziumCapture({ ...source(shop), sink, eventLog, connectUrl, connector: shop.name });
  try {
    return await measureAndStop(shop, eventLog, start);
  } finally {
    await connectClient(connectUrl).remove(shop.name);
    await eventLog.close();
  }
}

function source({ databaseUrl, name }: Shop) {
  return { databaseUrl, publication: TABLE, slot: name, topicPrefix: name, clock: Date, log: silent };
}

async function openKafka({ kafkaUrl }: CaptureServers): Promise<SourceEventLog> {
  return openKafkaEventLog({ brokers: [new URL(kafkaUrl).host], onProblem: () => {} });
}

async function measureAndStop(
  shop: Shop,
  eventLog: SourceEventLog,
  start: (sink: ChangeSink) => ChangeCapture,
): Promise<readonly number[]> {
  const topic = `${shop.name}.public.${TABLE}`;
  await eventLog.createTopics([{ topic, partitions: PARTITIONS }]);
  const capture = start({
    position: () => eventLog.positionOf(shop.name),
    append: async (records, position) => {
      await eventLog.appendWithPosition(shop.name, records, position);
    },
  });
  try {
    await capture.streaming;
    return await measureCaptureLatency({ databaseUrl: shop.databaseUrl, table: TABLE, eventLog, topic });
  } finally {
    await capture.stop();
  }
}

async function untilSeen(seenAt: ReadonlyMap<number, number>): Promise<void> {
  const deadline = performance.now() + GIVE_UP_MS;
  while (seenAt.size < CHANGES) {
    if (performance.now() > deadline) {
      throw new PlatformError(
        'records_missing',
        `${seenAt.size} of ${CHANGES} records came within ${GIVE_UP_MS} ms`,
      );
    }
    await sleep(10);
  }
}
