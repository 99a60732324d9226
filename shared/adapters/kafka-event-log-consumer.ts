// A member of a consumer group, on kafkajs 2.2.4. What its source says and this file rests on (src/consumer/…):
// - `runner.js`, `fetcher.js`: the next fetch waits for every `eachBatch` of the last one, so `eachBatch` only queues.
// - `consumerGroup.js` JOIN asks the assigner for its `protocol` right before it sends JoinGroup: from there on nothing is held.
// - `offsetManager/index.js` commitOffsets takes generation and member id before its first await, and `EachBatchPayload`
//   leads to it without the retries of `consumer.commitOffsets`, which could end in another generation.
// - `index.js` onCrash: an error that is not retriable ends the consumer for good; `restartOnFailure: false` makes all of them alike.
import kafkajs, {
  type EachBatchPayload,
  type Consumer as KafkaConsumer,
  type PartitionAssigner,
} from 'kafkajs';
import { messageOf, PlatformError } from '../errors.ts';
import type { Consumer, Subscription } from '../kafka/index.ts';
import { PartitionReader } from './kafka-event-log-assignment.ts';
import {
  type KafkaClientOptions,
  type KafkaLogEntry,
  kafkaClient,
  kafkaError,
  RETRY,
} from './kafka-event-log-client.ts';
import type { KafkaTopics } from './kafka-event-log-topics.ts';

/** Joins the group; the starting positions are fixed before this resolves. */
export async function startKafkaConsumer(
  options: KafkaClientOptions,
  topics: KafkaTopics,
  subscription: Subscription,
): Promise<Consumer> {
  await topics.partitionsOf(subscription.topic);
  const member = new GroupMember(options, topics, subscription);
  await member.start();
  return { stop: () => member.stop() };
}

class GroupMember {
  readonly #options: KafkaClientOptions;
  readonly #topics: KafkaTopics;
  readonly #subscription: Subscription;
  readonly #readers = new Map<number, PartitionReader>();
  /** By partition, the end of the deliveries of all its assignments up to the present one. */
  readonly #settled = new Map<number, Promise<void>>();
  #consumer: KafkaConsumer | null = null;
  /** Where partitions without a committed offset begin; null: at the earliest, which kafkajs does by itself. */
  #starts: ReadonlyMap<number, number> | null = null;
  /** Resolves when partitions that were just given stand where they begin. */
  #placed: Promise<void> = Promise.resolve();
  #restart: NodeJS.Timeout | null = null;
  #joined: Promise<void> = Promise.resolve();
  #roomMade: () => void = () => undefined;
  #crashes = 0;
  #stopping = false;

  constructor(options: KafkaClientOptions, topics: KafkaTopics, subscription: Subscription) {
    this.#options = options;
    this.#topics = topics;
    this.#subscription = subscription;
  }

  async start(): Promise<void> {
    const { topic, startingPosition } = this.#subscription;
    if (startingPosition.type !== 'TRIM_HORIZON') {
      this.#starts = await this.#topics.startingOffsets(topic, startingPosition);
    }
    try {
      await this.#join();
    } catch (error) {
      throw kafkaError(`cannot consume ${topic}`, error);
    }
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#restart !== null) clearTimeout(this.#restart);
    for (const reader of this.#readers.values()) reader.finish();
    this.#roomMade();
    await Promise.all(this.#settled.values());
    this.#loseAll();
    await this.#joined;
    await this.#consumer?.disconnect();
  }

  async #join(): Promise<void> {
    const { groupId, topic, maxBytes, startingPosition } = this.#subscription;
    const consumer: KafkaConsumer = kafkaClient(this.#options, (entry) =>
      this.#readLog(consumer, entry),
    ).consumer({
      groupId,
      allowAutoTopicCreation: false,
      sessionTimeout: SESSION_TIMEOUT_MS,
      rebalanceTimeout: SESSION_TIMEOUT_MS,
      heartbeatInterval: HEARTBEAT_INTERVAL_MS,
      maxWaitTimeInMs: MAX_WAIT_MS,
      minBytes: 1,
      maxBytesPerPartition: maxBytes,
      partitionAssigners: [beforeJoining(() => this.#loseAll())],
      retry: { ...RETRY, retries: 5, restartOnFailure: async () => false },
    });
    this.#consumer = consumer;
    const { GROUP_JOIN, END_BATCH_PROCESS, CRASH } = consumer.events;
    consumer.on(GROUP_JOIN, ({ payload }) => this.#take(consumer, payload.memberAssignment[topic] ?? []));
    consumer.on(END_BATCH_PROCESS, ({ payload }) => {
      if (payload.batchSize === 0)
        this.#readers.get(payload.partition)?.skipTo(Number(payload.lastOffset) + 1);
    });
    consumer.on(CRASH, ({ payload }) => this.#crashed(payload.error));
    try {
      await consumer.connect();
      await consumer.subscribe({ topics: [topic], fromBeginning: startingPosition.type !== 'LATEST' });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        eachBatch: (payload) => this.#queue(payload),
      });
    } catch (error) {
      await consumer.disconnect();
      throw error;
    }
  }

  /** Begins the assignments of a generation; called before its first fetch. */
  #take(consumer: KafkaConsumer, partitions: readonly number[]): void {
    const { topic } = this.#subscription;
    consumer.resume([{ topic, partitions: [...partitions] }]);
    for (const partition of partitions) {
      const only = [{ topic, partitions: [partition] }];
      const reader = new PartitionReader({
        at: { topic, partition },
        subscription: this.#subscription,
        pause: () => consumer.pause(only),
        resume: () => {
          consumer.resume(only);
          this.#roomMade();
        },
        after: this.#settled.get(partition) ?? Promise.resolve(),
      });
      if (this.#stopping) reader.finish();
      this.#readers.set(partition, reader);
      this.#settled.set(partition, reader.settled);
    }
    if (this.#starts !== null) this.#settle(consumer, this.#place(consumer, partitions, this.#starts));
  }

  async #queue(payload: EachBatchPayload): Promise<void> {
    await this.#placed;
    const { batch, commitOffsetsIfNecessary: commitOffsets } = payload;
    const reader = this.#readers.get(batch.partition);
    if (this.#stopping) payload.pause();
    // What is not resolved is fetched again.
    if (reader === undefined || payload.isStale() || this.#stopping) return;
    this.#crashes = 0;
    payload.resolveOffset(batch.lastOffset());
    reader.add({ messages: batch.messages, end: Number(batch.lastOffset()) + 1, commitOffsets });
    await this.#waitForRoom(payload.heartbeat);
  }

  /** Where all partitions are paused, kafkajs sleeps for as long as a fetch may last; this ends when one is read again. */
  async #waitForRoom(heartbeat: () => Promise<void>): Promise<void> {
    const allFull = () => [...this.#readers.values()].every(({ isFull }) => isFull);
    while (this.#readers.size > 0 && !this.#stopping && allFull()) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, HEARTBEAT_INTERVAL_MS);
        this.#roomMade = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      await heartbeat();
    }
  }

  /** Partitions in which the group has committed nothing begin where the subscription says, not where kafkajs would. */
  async #place(
    consumer: KafkaConsumer,
    partitions: readonly number[],
    starts: ReadonlyMap<number, number>,
  ): Promise<void> {
    const { topic, groupId } = this.#subscription;
    const committed = await this.#topics.committed(topic, groupId);
    for (const partition of partitions) {
      if (committed.has(partition)) continue;
      // A partition that was added since the subscription holds only records that are newer than it.
      consumer.seek({ topic, partition, offset: String(starts.get(partition) ?? 0) });
    }
  }

  /** A group that was out of range begins anew where the subscription says. */
  async #placeAnew(consumer: KafkaConsumer, partition: number): Promise<void> {
    const { topic, startingPosition } = this.#subscription;
    const starts = await this.#topics.startingOffsets(topic, startingPosition);
    consumer.seek({ topic, partition, offset: String(starts.get(partition) ?? 0) });
  }

  /** Holds back what is fetched until the placing is done; one that fails would begin at the wrong place, so it begins anew. */
  #settle(consumer: KafkaConsumer, placing: Promise<void>): void {
    this.#placed = placing.catch((error: unknown) => {
      this.#loseAll();
      consumer.disconnect().then(
        () => this.#crashed(error),
        () => this.#crashed(error),
      );
    });
  }

  #loseAll(): void {
    for (const reader of this.#readers.values()) reader.lose();
    this.#readers.clear();
    this.#roomMade();
  }

  #crashed(error: unknown): void {
    this.#loseAll();
    if (this.#stopping) return;
    this.#crashes += 1;
    const pause = Math.min(FIRST_RESTART_MS * 2 ** (this.#crashes - 1), MOST_RESTART_MS);
    this.#subscription.onError(this.#asOurs(error, pause), null);
    this.#restart = setTimeout(() => {
      this.#joined = this.#join().catch((failure: unknown) => this.#crashed(failure));
    }, pause);
  }

  #asOurs(error: unknown, pause: number): PlatformError {
    const { topic } = this.#subscription;
    const codec = /^(\w+) compression not implemented/.exec(messageOf(error))?.[1];
    if (codec !== undefined) {
      return new PlatformError(
        'unsupported_compression',
        `topic ${topic} holds records compressed with ${codec.toLowerCase()}, which is not read here; let its producer use lz4, gzip or none`,
        { cause: error },
      );
    }
    return kafkaError(`the consumer of ${topic} broke off and begins again in ${pause} ms`, error);
  }

  /** kafkajs tells of an offset that is out of range only by its log, and then begins at the start or the end. */
  #readLog(consumer: KafkaConsumer, { message, topic, partition }: KafkaLogEntry): void {
    if (!message.endsWith(OUT_OF_RANGE) || typeof partition !== 'number') return;
    const { startingPosition, onError } = this.#subscription;
    onError(
      new PlatformError(
        'offset_out_of_range',
        `${String(topic)}-${partition} no longer holds the offset at which the group stands; it goes on at ${startingPosition.type}`,
      ),
      { topic: String(topic), partition },
    );
    if (this.#starts !== null) this.#settle(consumer, this.#placeAnew(consumer, partition));
  }
}

/** kafkajs's round robin, which is asked for its protocol before every JoinGroup. */
function beforeJoining(joining: () => void): PartitionAssigner {
  return (config) => {
    const roundRobin = kafkajs.PartitionAssigners.roundRobin(config);
    return {
      ...roundRobin,
      protocol: (subscription) => {
        joining();
        return roundRobin.protocol(subscription);
      },
    };
  };
}

/** After this long without a heartbeat a member's partitions go to others. */
const SESSION_TIMEOUT_MS = 10_000;
/** A heartbeat is also how a member learns that the group changes. */
const HEARTBEAT_INTERVAL_MS = 500;
/**
 * A broker answers a fetch as soon as there is a record; this bounds how long one without records lasts, and with it how
 * soon a paused partition is asked for again and how long a stop takes.
 */
const MAX_WAIT_MS = 100;
const FIRST_RESTART_MS = 250;
const MOST_RESTART_MS = 10_000;
const OUT_OF_RANGE = 'Offset out of range, resetting to default offset';
