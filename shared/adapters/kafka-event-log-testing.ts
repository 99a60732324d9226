import kafkajs from 'kafkajs';
import { vi } from 'vitest';
import { epochMillis } from '../domain/index.ts';
import type {
  Assignment,
  Consumer,
  EventLog,
  KafkaRecord,
  NewRecord,
  Subscription,
  TopicPartition,
} from '../kafka/index.ts';

/** Remembers the topics that tests create on a broker that others use too, and removes them. */
export class TestTopics {
  readonly #brokers: readonly string[];
  readonly #names = new Set<string>();

  constructor(brokers: readonly string[]) {
    this.#brokers = brokers;
  }

  watch<Log extends EventLog>(log: Log): Log {
    return {
      ...log,
      createTopics: async (topics) => {
        for (const { topic } of topics) this.#names.add(topic);
        await log.createTopics(topics);
      },
    };
  }

  async remove(): Promise<void> {
    await withAdmin(this.#brokers, (admin) => admin.deleteTopics({ topics: [...this.#names] }));
  }
}

/** Runs one administrative request that the event log does not offer. */
export async function withAdmin<T>(
  brokers: readonly string[],
  request: (admin: kafkajs.Admin) => Promise<T>,
): Promise<T> {
  const kafka = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await request(admin);
  } finally {
    await admin.disconnect();
  }
}

/** Removes the first records of a partition, as a broker does with those that are too old. */
export function deleteRecordsBefore(
  brokers: readonly string[],
  { topic, partition }: TopicPartition,
  offset: number,
): Promise<void> {
  return withAdmin(brokers, async (admin) => {
    // kafkajs finds the leader only of topics that it was asked about.
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(offset) }] });
  });
}

export function newRecord(topic: string, value: string, partition?: number): NewRecord {
  return {
    topic,
    ...(partition !== undefined && { partition }),
    timestamp: epochMillis(Date.now()),
    key: null,
    value: Buffer.from(value),
  };
}

export function text({ value }: Pick<KafkaRecord, 'value'>): string {
  return value === null ? '' : Buffer.from(value).toString();
}

/** A member of a group whose deliveries a test can look at and hold up. */
export interface TestMember {
  readonly received: KafkaRecord[];
  readonly assignments: Assignment[];
  readonly errors: unknown[];
  readonly consumer: Consumer;
}

/** Joins a group; `handle` (by default: commit) runs for every delivery. */
export async function joinGroup(
  log: EventLog,
  subscription: Pick<Subscription, 'topic' | 'groupId'> & Partial<Subscription>,
  handle: (records: readonly KafkaRecord[], assignment: Assignment) => Promise<unknown> = commitAll,
): Promise<TestMember> {
  const member = { received: [] as KafkaRecord[], assignments: [] as Assignment[], errors: [] as unknown[] };
  const consumer = await log.subscribe({
    startingPosition: { type: 'TRIM_HORIZON' },
    maxBytes: 1_000_000,
    deliver: async (records, assignment) => {
      if (!member.assignments.includes(assignment)) member.assignments.push(assignment);
      member.received.push(...records);
      await handle(records, assignment);
    },
    onError: (error) => {
      member.errors.push(error);
    },
    ...subscription,
  });
  return { ...member, consumer };
}

export function commitAll(records: readonly KafkaRecord[], assignment: Assignment): Promise<unknown> {
  return assignment.commit(records.at(-1)!.offset + 1);
}

export function until(assertion: () => void | Promise<void>, timeout = 30_000): Promise<void> {
  return vi.waitFor(assertion, { timeout, interval: 10 });
}

/** A promise and what resolves it. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
