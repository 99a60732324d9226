// Topics and offsets of a broker, by its administrative requests.
import { randomBytes } from 'node:crypto';
import kafkajs, { type Admin } from 'kafkajs';
import type { EpochMillis } from '../domain/index.ts';
import { PlatformError } from '../errors.ts';
import type { PartitionPosition, StartingPosition } from '../kafka/index.ts';
import { kafkaError } from './kafka-event-log-client.ts';

export interface NewTopic {
  readonly topic: string;
  readonly partitions: number;
  /** Settings of the topic where they differ from the broker's. */
  readonly settings?: Readonly<Record<string, string>>;
}

export class KafkaTopics {
  readonly #admin: Admin;
  readonly #partitions = new Map<string, number>();

  constructor(admin: Admin) {
    this.#admin = admin;
  }

  /** @throws PlatformError `unknown_topic` */
  async partitionsOf(topic: string): Promise<number> {
    const known = this.#partitions.get(topic);
    if (known !== undefined) return known;
    for (const [name, partitions] of await this.#existing()) this.#partitions.set(name, partitions);
    const found = this.#partitions.get(topic);
    if (found !== undefined) return found;
    const names = [...this.#partitions.keys()].filter((name) => !name.startsWith('_')).join(', ') || 'none';
    throw new PlatformError(
      'unknown_topic',
      `the event log has no topic ${topic}; create it first (it has: ${names})`,
    );
  }

  /** After a failed append: a topic that was deleted or grew is looked up anew. */
  forget(): void {
    this.#partitions.clear();
  }

  async has(topic: string): Promise<boolean> {
    return (await this.#existing()).has(topic);
  }

  /** Creates what is missing and waits until every partition has a leader. A topic that another creates at the same time is fine. */
  async create(topics: readonly NewTopic[]): Promise<void> {
    const wanted = new Map(topics.map((topic) => [topic.topic, topic]));
    try {
      for (const { topic, partitions, settings = {} } of wanted.values()) {
        if ((await this.#existing()).has(topic)) continue;
        await this.#admin.createTopics({
          topics: [
            {
              topic,
              numPartitions: partitions,
              replicationFactor: BROKER_DEFAULT,
              configEntries: Object.entries(settings).map(([name, value]) => ({ name, value })),
            },
          ],
          waitForLeaders: true,
        });
      }
      await this.#admin.fetchTopicMetadata({ topics: [...wanted.keys()] });
    } catch (error) {
      throw kafkaError(`cannot create the topics ${[...wanted.keys()].join(', ')}`, error);
    }
  }

  async positions(topic: string, groupId?: string): Promise<readonly PartitionPosition[]> {
    await this.partitionsOf(topic);
    try {
      const [offsets, committed] = await Promise.all([
        this.#admin.fetchTopicOffsets(topic),
        groupId === undefined ? new Map<number, number>() : this.committed(topic, groupId),
      ]);
      return offsets
        .map(({ partition, low, high }) => ({
          topic,
          partition,
          earliest: Number(low),
          latest: Number(high),
          committed: committed.get(partition) ?? null,
        }))
        .sort((a, b) => a.partition - b.partition);
    } catch (error) {
      throw kafkaError(`cannot read the offsets of ${topic}`, error);
    }
  }

  /** Next offset by partition, of those in which the group has committed. */
  async committed(topic: string, groupId: string): Promise<ReadonlyMap<number, number>> {
    const fetched = await this.#whileLoading(() => this.#admin.fetchOffsets({ groupId, topics: [topic] }));
    const offsets = fetched.flatMap(({ partitions }) => partitions);
    return new Map(
      offsets
        .map(({ partition, offset }) => [partition, Number(offset)] as const)
        // -1: nothing committed; -2 and -1 are also what kafkajs commits when it resets a group that was out of range.
        .filter(([, offset]) => offset >= 0),
    );
  }

  /** First offset to read by partition, for a group that has committed nothing. */
  async startingOffsets(topic: string, start: StartingPosition): Promise<ReadonlyMap<number, number>> {
    const positions = await this.positions(topic);
    if (start.type === 'AT_TIMESTAMP') return this.#offsetsAt(topic, start.timestamp);
    return new Map(
      positions.map(({ partition, earliest, latest }) => [
        partition,
        start.type === 'LATEST' ? latest : earliest,
      ]),
    );
  }

  /**
   * A value that names these brokers' data for its whole life and is another after they were wiped. It is a setting of the
   * topic `_event_log`: a topic is created with its settings by exactly one of several creators, and a setting is read with
   * one request, where a record would take a consumer group (three seconds to join one on a broker with default settings).
   * `delete.retention.ms` concerns tombstones only, of which this empty topic has none.
   */
  async incarnation(): Promise<string> {
    const drawn = (randomBytes(8).readBigUInt64BE() >> 2n).toString();
    await this.create([
      {
        topic: INCARNATION_TOPIC,
        partitions: 1,
        settings: { 'cleanup.policy': 'compact', [INCARNATION_SETTING]: drawn },
      },
    ]);
    const { resources } = await this.#admin.describeConfigs({
      includeSynonyms: false,
      resources: [
        {
          type: kafkajs.ConfigResourceTypes.TOPIC,
          name: INCARNATION_TOPIC,
          configNames: [INCARNATION_SETTING],
        },
      ],
    });
    const value = resources[0]?.configEntries.find(({ configName }) => configName === INCARNATION_SETTING);
    if (value === undefined || value.isDefault) {
      throw new PlatformError(
        'event_log_without_incarnation',
        `topic ${INCARNATION_TOPIC} has no ${INCARNATION_SETTING} of its own; delete the topic, it is created again with one`,
      );
    }
    return BigInt(value.configValue).toString(16);
  }

  async #offsetsAt(topic: string, timestamp: EpochMillis): Promise<ReadonlyMap<number, number>> {
    try {
      const offsets = await this.#admin.fetchTopicOffsetsByTimestamp(topic, timestamp);
      return new Map(offsets.map(({ partition, offset }) => [partition, Number(offset)]));
    } catch (error) {
      throw kafkaError(`cannot find the offsets of ${topic} at ${timestamp}`, error);
    }
  }

  async #existing(): Promise<ReadonlyMap<string, number>> {
    try {
      const { topics } = await this.#admin.fetchTopicMetadata();
      return new Map(topics.map(({ name, partitions }) => [name, partitions.length]));
    } catch (error) {
      throw kafkaError('cannot list the topics', error);
    }
  }

  /** A coordinator that has just started answers that it is loading, which kafkajs hands on for this request. */
  async #whileLoading<T>(request: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await request();
      } catch (error) {
        const retriable = error instanceof kafkajs.KafkaJSError && error.retriable;
        if (!retriable || tries >= LOADING_TRIES) throw error;
        await new Promise((resolve) => setTimeout(resolve, LOADING_PAUSE_MS));
      }
    }
  }
}

const BROKER_DEFAULT = -1;
const INCARNATION_TOPIC = '_event_log';
const INCARNATION_SETTING = 'delete.retention.ms';
const LOADING_TRIES = 50;
const LOADING_PAUSE_MS = 100;
