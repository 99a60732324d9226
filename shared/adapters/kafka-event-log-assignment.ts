import type { KafkaMessage, Offsets } from 'kafkajs';
import { PlatformError } from '../errors.ts';
import type { Assignment, CommitOutcome, KafkaRecord, Subscription, TopicPartition } from '../kafka/index.ts';
import { kafkaError, protocolErrorType } from './kafka-event-log-client.ts';
import { cutByBytes, payloadBytes, recordOfMessage } from './kafka-event-log-record.ts';

export interface FetchedBatch {
  readonly messages: readonly KafkaMessage[];
  /** The offset after everything that was fetched, markers of transactions included. */
  readonly end: number;
  /** Commits in the group's generation of the moment of the call, in one try. */
  readonly commitOffsets: (offsets: Offsets) => Promise<void>;
}

export interface PartitionReaderOptions {
  readonly at: TopicPartition;
  readonly subscription: Pick<Subscription, 'deliver' | 'onError' | 'maxBytes'>;
  /** Asks for no more of this partition, and for more again. */
  readonly pause: () => void;
  readonly resume: () => void;
  /** When the deliveries of the partition's assignment before this one are over. */
  readonly after: Promise<void>;
}

/**
 * Hands over what was fetched of one partition during one assignment, one delivery at a time. Fetching does not wait for
 * deliveries, so a function may run for a quarter of an hour while the member goes on with its heartbeats and with other
 * partitions; what is read ahead is bounded by pausing the partition.
 */
export class PartitionReader implements Assignment {
  readonly topic: string;
  readonly partition: number;
  readonly lost: AbortSignal;
  /** When the last delivery is over, after the partition was lost or `finish` was called. Does not reject. */
  readonly settled: Promise<void>;
  readonly #options: PartitionReaderOptions;
  readonly #losing = new AbortController();
  readonly #waiting: KafkaRecord[][] = [];
  #waitingBytes = 0;
  #paused = false;
  #finishing = false;
  #wake: () => void = () => undefined;
  #commitOffsets: FetchedBatch['commitOffsets'] | null = null;
  /** The offset after the last record that was fetched, and after everything that was fetched. */
  #afterRecords = 0;
  #fetchedEnd = 0;
  /** Whether records were fetched that are not committed. */
  #behind = false;

  constructor(options: PartitionReaderOptions) {
    this.topic = options.at.topic;
    this.partition = options.at.partition;
    this.lost = this.#losing.signal;
    this.#options = options;
    this.settled = this.#deliverAll();
  }

  /** Whether as much waits to be delivered as may be read ahead. */
  get isFull(): boolean {
    return this.#paused;
  }

  add({ messages, end, commitOffsets }: FetchedBatch): void {
    const records = messages.map((message) => recordOfMessage(this, message));
    this.#waiting.push(...cutByBytes(records, payloadBytes, this.#options.subscription.maxBytes));
    this.#waitingBytes += sumOfBytes(records);
    this.#afterRecords = (records.at(-1)?.offset ?? -1) + 1;
    this.#fetchedEnd = end;
    this.#commitOffsets = commitOffsets;
    this.#behind = true;
    if (this.#waitingBytes >= READ_AHEAD * this.#options.subscription.maxBytes && !this.#paused) {
      this.#paused = true;
      this.#options.pause();
    }
    this.#wake();
  }

  /** What was fetched held no records for us: the end of a transaction, or one that was given up. */
  skipTo(end: number): void {
    this.#fetchedEnd = end;
    if (this.#behind || this.#commitOffsets === null) return;
    this.#commitOffset(end).catch((error: unknown) => this.#options.subscription.onError(error, this.#at));
  }

  /** Makes the running delivery the last one. */
  finish(): void {
    this.#finishing = true;
    this.#wake();
  }

  lose(): void {
    this.#losing.abort();
    this.#waiting.length = 0;
    this.#wake();
  }

  commit = async (nextOffset: number): Promise<CommitOutcome> => {
    if (!Number.isSafeInteger(nextOffset) || nextOffset < 0) {
      throw new PlatformError(
        'invalid_commit',
        `cannot commit offset ${nextOffset} of ${this.topic}-${this.partition}: an offset is a whole number from 0`,
      );
    }
    if (nextOffset < this.#afterRecords) return this.#commitOffset(nextOffset);
    // Markers behind the last record are done with it; without them the group would look as if it lagged behind for ever.
    const outcome = await this.#commitOffset(Math.max(nextOffset, this.#fetchedEnd));
    if (outcome === 'committed' && nextOffset >= this.#afterRecords) this.#behind = false;
    return outcome;
  };

  get #at(): TopicPartition {
    return { topic: this.topic, partition: this.partition };
  }

  async #commitOffset(nextOffset: number): Promise<CommitOutcome> {
    if (this.lost.aborted || this.#commitOffsets === null) return 'lost';
    const partitions = [{ partition: this.partition, offset: String(nextOffset) }];
    try {
      await this.#commitOffsets({ topics: [{ topic: this.topic, partitions }] });
      return 'committed';
    } catch (error) {
      if (this.lost.aborted || GENERATION_OVER.has(protocolErrorType(error) ?? '')) return 'lost';
      throw kafkaError(`cannot commit offset ${nextOffset} of ${this.topic}-${this.partition}`, error);
    }
  }

  async #deliverAll(): Promise<void> {
    const { subscription, after } = this.#options;
    await after;
    try {
      for (let records = await this.#next(); records !== null; records = await this.#next()) {
        await subscription.deliver(records, this);
      }
    } catch (error) {
      subscription.onError(error, this.#at);
    }
  }

  /** The next records to deliver; null at the end of the assignment. */
  async #next(): Promise<readonly KafkaRecord[] | null> {
    while (!this.lost.aborted && !this.#finishing) {
      const records = this.#waiting.shift();
      if (records !== undefined) {
        this.#waitingBytes -= sumOfBytes(records);
        if (this.#paused && this.#waitingBytes < this.#options.subscription.maxBytes) {
          this.#paused = false;
          this.#options.resume();
        }
        return records;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return null;
  }
}

/** Deliveries of the largest size that may wait before the partition is paused; it is resumed at one. */
const READ_AHEAD = 2;

/** What the group's coordinator answers to a member that no longer holds what it commits. */
const GENERATION_OVER = new Set(['ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID', 'REBALANCE_IN_PROGRESS']);

function sumOfBytes(records: readonly KafkaRecord[]): number {
  return records.reduce((sum, record) => sum + payloadBytes(record), 0);
}
