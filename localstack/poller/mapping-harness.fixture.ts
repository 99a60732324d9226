import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, vi } from 'vitest';
import { openLmdbEventLog } from '../../shared/adapters/lmdb-event-log.ts';
import { epochMillis } from '../../shared/domain/index.ts';
import {
  type KafkaRecord,
  type LambdaKafkaEvent,
  recordsOfEvent,
  type SourceEventLog,
} from '../../shared/kafka/index.ts';
import type { SingleRecord } from './destinations/invocation-record.ts';
import { type EventSourceMapping, startEventSourceMapping } from './event-source-mapping.ts';
import type { MappingSettings } from './mapping-settings.ts';
import { systemTimers, type Timers } from './timers.ts';

export const TOPIC = 'orders';
/** A destination for what a mapping gives up. */
export const DEAD_LETTERS = { type: 'kafka', topic: 'orders.dead-letter' } as const;
export const GROUP = 'group';

let path: string;
export let log: SourceEventLog;
let mappings: EventSourceMapping[];
export let problems: string[];

/** Gives every test of a file a log of its own, and stops the mappings that it started. */
export function useEmptyLog(): void {
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), 'mapping-'));
    log = await openLmdbEventLog({ path });
    mappings = [];
    problems = [];
  });
  afterEach(async () => {
    await Promise.all(mappings.map((mapping) => mapping.stop()));
    await log.close();
    await rm(path, { recursive: true });
  });
}

export async function start(
  mapping: Partial<MappingSettings>,
  invoke: (event: LambdaKafkaEvent) => Promise<unknown>,
  options: Partial<Parameters<typeof startEventSourceMapping>[0]> = {},
): Promise<EventSourceMapping> {
  const started = await startEventSourceMapping({
    log,
    mapping: {
      functionName: 'consume',
      topic: TOPIC,
      groupId: GROUP,
      maximumBatchingWindowSeconds: 0,
      ...mapping,
    },
    invoke,
    onProblem: (message) => problems.push(message),
    backoff: { firstMs: 1, mostMs: 1 },
    ...options,
  });
  mappings.push(started);
  return started;
}

export async function appendTo(
  partitions: number,
  byPartition: Record<number, readonly string[]>,
): Promise<void> {
  await log.createTopics([{ topic: TOPIC, partitions }]);
  const records = Object.entries(byPartition).flatMap(([partition, list]) =>
    list.map((value) => keyed(Number(partition), value)),
  );
  await log.append(records);
}

export function keyed(partition: number, value: string) {
  const timestamp = epochMillis(1_700_000_000_000);
  return { topic: TOPIC, partition, timestamp, key: Buffer.from('k'), value: Buffer.from(value) };
}

export async function committed(): Promise<(number | null)[]> {
  return (await log.positions(TOPIC, GROUP)).map((position) => position.committed);
}

export function deadLetters(): Promise<KafkaRecord[]> {
  return readAll(DEAD_LETTERS.topic);
}

export async function readAll(topic: string): Promise<KafkaRecord[]> {
  const records: KafkaRecord[] = [];
  const positions = await log.positions(topic);
  const consumer = await log.subscribe({
    groupId: 'reader',
    topic,
    startingPosition: { type: 'TRIM_HORIZON' },
    maxBytes: 1_000_000,
    deliver: async (delivered) => {
      records.push(...delivered);
    },
    onError: (error) => {
      throw error;
    },
  });
  await until(() => expect(records).toHaveLength(positions.reduce((sum, { latest }) => sum + latest, 0)));
  await consumer.stop();
  return records;
}

export function values(event: LambdaKafkaEvent): string[] {
  return recordsOfEvent(event).map((record) => text(record.value));
}

/** The JSON of a dead letter. */
export function letterOf(record: KafkaRecord): SingleRecord {
  return JSON.parse(text(record.value)) as SingleRecord;
}

/** The value that the record of a dead letter had. */
export function valueInLetter(record: KafkaRecord): string {
  return text(recordsOfEvent(letterOf(record).payload)[0]!.value);
}

export function header(record: KafkaRecord, name: string): string | undefined {
  const found = record.headers.find(([key]) => key === name);
  return found && text(found[1]);
}

export function text(bytes: Uint8Array | null): string {
  return bytes === null ? '' : Buffer.from(bytes).toString();
}

/** Real timers with a clock of the test's own. */
export function timersAt(now: () => number): Timers {
  return { ...systemTimers, now: () => epochMillis(now()) };
}

/** Real timers that end sleeps of `skipped` milliseconds at once, and note how long every sleep was to be. */
export function hurriedTimers(waits: (number | null)[], skipped: number): Timers {
  return {
    ...systemTimers,
    sleep: (ms, wake) => {
      waits.push(ms);
      return systemTimers.sleep(ms === skipped ? 0 : ms, wake);
    },
  };
}

export function many(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}${i}`);
}

export function until(assertion: () => void | Promise<void>): Promise<void> {
  return vi.waitFor(assertion, { timeout: 10_000, interval: 5 });
}
