import { PlatformError } from '../errors.ts';
import type { NewRecord, RecordPosition } from '../kafka/index.ts';
import {
  isOneBatch,
  type PlacedRecord,
  placeRecords,
  planRequests,
  positionsOf,
} from './kafka-event-log-batches.ts';
import type { KafkaTopics } from './kafka-event-log-topics.ts';
import type { KafkaWriter } from './kafka-event-log-writer.ts';

/**
 * Appends of one handle in the order of the calls. Calls that wait while one is being written go together, up to a limit,
 * since a request costs about the same for one record as for hundreds.
 */
export class KafkaAppender {
  readonly #topics: KafkaTopics;
  /** For what fits into one record batch. */
  readonly #plain: KafkaWriter;
  /** For all else: several partitions or batches become readable together only by a transaction. */
  readonly #transactional: KafkaWriter;
  readonly #waiting: WaitingAppend[] = [];
  #writing: Promise<void> | null = null;
  #sticky = 0;

  constructor(
    topics: KafkaTopics,
    writers: { readonly plain: KafkaWriter; readonly transactional: KafkaWriter },
  ) {
    this.#topics = topics;
    this.#plain = writers.plain;
    this.#transactional = writers.transactional;
  }

  async append(records: readonly NewRecord[]): Promise<readonly RecordPosition[]> {
    if (records.length === 0) return [];
    const placed = await this.place(records);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ placed, resolve, reject });
      this.#writing ??= this.#writeAll();
    });
  }

  /** Chooses the partitions of records that are appended together. */
  async place(records: readonly NewRecord[]): Promise<readonly PlacedRecord[]> {
    const partitionsOf = new Map<string, number>();
    for (const { topic } of records) {
      if (!partitionsOf.has(topic)) partitionsOf.set(topic, await this.#topics.partitionsOf(topic));
    }
    this.#sticky += 1;
    return placeRecords(records, partitionsOf, this.#sticky);
  }

  async close(): Promise<void> {
    await this.#writing;
    await Promise.all([this.#plain.close(), this.#transactional.close()]);
  }

  async #writeAll(): Promise<void> {
    for (let group = this.#takeGroup(); group.length > 0; group = this.#takeGroup()) {
      try {
        await this.#writeTogether(group);
      } catch (error) {
        if (error instanceof PlatformError && !error.retryable && group.length > 1) {
          // One of them is refused: each answers for itself.
          for (const one of group) await this.#writeTogether([one]).catch(one.reject);
        } else {
          for (const { reject } of group) reject(error);
        }
      }
    }
    this.#writing = null;
  }

  async #writeTogether(group: readonly WaitingAppend[]): Promise<void> {
    const requests = planRequests(
      group.flatMap(({ placed }) => placed).map((record, index) => ({ ...record, index })),
    );
    try {
      const answers = isOneBatch(requests)
        ? [await this.#plain.send(requests[0]!)]
        : await this.#transactional.transact(requests);
      const positions = positionsOf(requests, answers);
      let from = 0;
      for (const { placed, resolve } of group) {
        resolve(positions.slice(from, from + placed.length));
        from += placed.length;
      }
    } catch (error) {
      this.#topics.forget();
      throw isFenced(error) ? tookTooLong(error) : error;
    }
  }

  #takeGroup(): readonly WaitingAppend[] {
    let records = 0;
    const tooMany = this.#waiting.findIndex(({ placed }, index) => {
      records += placed.length;
      return index > 0 && records > MOST_RECORDS_TOGETHER;
    });
    return this.#waiting.splice(0, tooMany === -1 ? this.#waiting.length : tooMany);
  }
}

function isFenced(error: unknown): boolean {
  return error instanceof PlatformError && error.code === 'event_log_writer_fenced';
}

/** No other writer has this handle's transactional id. */
function tookTooLong(cause: unknown): PlatformError {
  return new PlatformError(
    'event_log_unreachable',
    'the broker gave up a transaction that took too long; nothing was appended: append again',
    { retryable: true, cause },
  );
}

interface WaitingAppend {
  readonly placed: readonly PlacedRecord[];
  readonly resolve: (positions: readonly RecordPosition[]) => void;
  readonly reject: (error: unknown) => void;
}

const MOST_RECORDS_TOGETHER = 5000;
