// What a named source (change capture) has reached, kept beside its records: one transaction holds both.
import { randomUUID } from 'node:crypto';
import { epochMillis } from '../domain/index.ts';
import { PlatformError } from '../errors.ts';
import type { NewRecord, RecordPosition } from '../kafka/index.ts';
import type { KafkaAppender } from './kafka-event-log-appender.ts';
import { planRequests, positionsOf } from './kafka-event-log-batches.ts';
import type { KafkaClientOptions } from './kafka-event-log-client.ts';
import { readWholeTopic } from './kafka-event-log-read-topic.ts';
import type { KafkaTopics } from './kafka-event-log-topics.ts';
import { KafkaWriter } from './kafka-event-log-writer.ts';

/** What is stored for a source: its position, and the append that stored it. */
interface StoredPosition {
  readonly position: string;
  readonly append: string;
}

/** The appends of one source by this handle. One handle writes at a time; a newer one fences the older. */
export class KafkaSource {
  readonly #name: string;
  readonly #options: KafkaClientOptions;
  readonly #topics: KafkaTopics;
  readonly #appender: KafkaAppender;
  readonly #writer: KafkaWriter;
  /** What this handle takes to be stored; undefined: it has not looked. */
  #known: StoredPosition | null | undefined;
  /** Whether `#known` was compared since the writer has fenced all others. */
  #checked = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(name: string, options: KafkaClientOptions, topics: KafkaTopics, appender: KafkaAppender) {
    this.#name = name;
    this.#options = options;
    this.#topics = topics;
    this.#appender = appender;
    this.#writer = new KafkaWriter(options, `source-${name}`);
  }

  async position(): Promise<string | null> {
    const stored = await this.#read();
    this.#known = stored;
    this.#checked = false;
    return stored?.position ?? null;
  }

  appendWithPosition(records: readonly NewRecord[], position: string): Promise<readonly RecordPosition[]> {
    const appended = this.#last.then(() => this.#append(records, position));
    this.#last = appended.catch(() => undefined);
    return appended;
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#writer.close();
  }

  async #append(records: readonly NewRecord[], position: string): Promise<readonly RecordPosition[]> {
    if (this.#known === undefined) await this.#topics.create([POSITIONS_TOPIC]);
    const stored: StoredPosition = { position, append: randomUUID() };
    const marker: NewRecord = {
      topic: POSITIONS_TOPIC.topic,
      timestamp: epochMillis(Date.now()),
      key: Buffer.from(this.#name),
      value: Buffer.from(JSON.stringify(stored)),
    };
    const requests = planRequests(await this.#appender.place([...records, marker]));
    try {
      const answers = await this.#writer.transact(requests, () => this.#check());
      this.#known = stored;
      return positionsOf(requests, answers).slice(0, records.length);
    } catch (error) {
      this.#checked = false;
      this.#topics.forget();
      throw error;
    }
  }

  /** Runs once older writers are fenced: a position that one of them has stored meanwhile must not be overwritten. */
  async #check(): Promise<void> {
    if (this.#checked) return;
    const stored = await this.#read();
    if (this.#known !== undefined && stored?.append !== this.#known?.append) {
      const [was, is] = [this.#known?.position ?? 'none', stored?.position ?? 'none'];
      throw new PlatformError(
        'source_position_moved',
        `source ${this.#name} stood at ${was} and stands at ${is} now; nothing was appended: start again from there`,
      );
    }
    this.#checked = true;
  }

  async #read(): Promise<StoredPosition | null> {
    await this.#topics.create([POSITIONS_TOPIC]);
    let stored: StoredPosition | null = null;
    await readWholeTopic(this.#options, this.#topics, POSITIONS_TOPIC.topic, ({ key, value }) => {
      if (key?.toString() === this.#name && value !== null) stored = JSON.parse(value.toString());
    });
    return stored;
  }
}

/** Small segments, since the one that is written is never compacted, and every start reads the whole topic. */
const POSITIONS_TOPIC = {
  topic: '_capture_positions',
  partitions: 1,
  settings: {
    'cleanup.policy': 'compact',
    'segment.bytes': String(1024 * 1024),
    'segment.ms': String(60 * 60 * 1000),
    'min.cleanable.dirty.ratio': '0.1',
  },
};
