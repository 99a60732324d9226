import { randomUUID } from 'node:crypto';
import { expect, vi } from 'vitest';
import { epochMillis } from '../domain/index.ts';
import type { Assignment, Consumer, EventLog, StartingPosition } from './event-log.ts';
import type { KafkaRecord, NewRecord } from './record.ts';

export interface EventLogHarness {
  /** Another handle on the same log, as a restarted or a second process would have it. */
  open(): Promise<EventLog>;
  destroy(): Promise<void>;
}

/** What the tests of the contract share: one log, topics and groups with fresh names, consumers that are stopped. */
export class EventLogContract {
  readonly #start: () => Promise<EventLogHarness>;
  readonly #consumers: Consumer[] = [];
  #opened: { readonly harness: EventLogHarness; readonly log: EventLog } | null = null;

  constructor(start: () => Promise<EventLogHarness>) {
    this.#start = start;
  }

  get log(): EventLog {
    return this.#get().log;
  }

  open(): Promise<EventLog> {
    return this.#get().harness.open();
  }

  async setUp(): Promise<void> {
    const harness = await this.#start();
    this.#opened = { harness, log: await harness.open() };
  }

  async stopConsumers(): Promise<void> {
    await Promise.all(this.#consumers.splice(0).map((consumer) => consumer.stop()));
  }

  async tearDown(): Promise<void> {
    await this.#opened?.log.close();
    await this.#opened?.harness.destroy();
  }

  stopAfter(consumer: Consumer): void {
    this.#consumers.push(consumer);
  }

  async topicOf(partitions: number): Promise<string> {
    const topic = `contract-${randomUUID()}`;
    await this.log.createTopics([{ topic, partitions }]);
    return topic;
  }

  /** Collects what a group receives; commits nothing by itself. */
  async collect(
    topic: string,
    options: { groupId?: string; from?: StartingPosition; on?: EventLog; maxBytes?: number } = {},
  ) {
    const received: KafkaRecord[] = [];
    const batches: KafkaRecord[][] = [];
    const errors: unknown[] = [];
    const assignments = new Map<number, Assignment>();
    const groupId = options.groupId ?? `group-${randomUUID()}`;
    const consumer = await (options.on ?? this.log).subscribe({
      groupId,
      topic,
      startingPosition: options.from ?? { type: 'TRIM_HORIZON' },
      maxBytes: options.maxBytes ?? 1_000_000,
      deliver: async (records, assignment) => {
        assignments.set(assignment.partition, assignment);
        received.push(...records);
        batches.push([...records]);
      },
      onError: (error) => {
        errors.push(error);
      },
    });
    this.stopAfter(consumer);
    /** Commits by the assignment that the last records of the partition came with. */
    const commit = async (partition: number, nextOffset: number): Promise<void> => {
      expect(await assignments.get(partition)?.commit(nextOffset)).toBe('committed');
    };
    return { received, batches, errors, consumer, groupId, commit };
  }

  #get() {
    if (this.#opened === null) throw new Error('the contract is not set up');
    return this.#opened;
  }
}

/** Milliseconds; near the present, since a broker drops records that are old and refuses those of the future. */
export const BEGIN = Date.now() - 120_000;

export function record(
  topic: string,
  fields: { key?: string; value?: string; partition?: number; timestamp?: number },
): NewRecord {
  return {
    topic,
    ...(fields.partition !== undefined && { partition: fields.partition }),
    timestamp: epochMillis(fields.timestamp ?? Date.now()),
    key: fields.key === undefined ? null : Buffer.from(fields.key),
    value: fields.value === undefined ? null : Buffer.from(fields.value),
  };
}

/** A record as plain values to compare; headers by name, for an adapter may keep the order of the values of a name alone. */
export function plain({ timestamp, key, value, headers = [] }: Omit<NewRecord, 'topic'>) {
  const hex = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes).toString('hex'));
  return {
    timestamp,
    key: hex(key),
    value: hex(value),
    headers: headers
      .map(([name, bytes]) => [name, hex(bytes)])
      .sort(([a], [b]) => (a! < b! ? -1 : Number(a! > b!))),
  };
}

export function text(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString();
}

export function until(assertion: () => void): Promise<void> {
  return vi.waitFor(assertion, { timeout: 15_000, interval: 5 });
}
