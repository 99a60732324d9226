import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import type { EnvelopeSettings } from '../../../../shared/cdc/index.ts';
import { SHOP_PUBLICATION, SHOP_SLOT, SHOP_TOPIC_PREFIX } from '../../../../shared/domain/index.ts';
import { messageOf, PlatformError } from '../../../../shared/errors.ts';
import type { Logger } from '../../../../shared/runtime/logger.ts';
import { decodeOwner } from './capture-owner.ts';
import type { CapturePosition, CaptureSource } from './capture-position.ts';
import { Catalog } from './catalog.ts';
import type { ChangeSink } from './change-sink.ts';
import { openSession, queryRows } from './database-session.ts';
import { checkSource, dropSlot, planStart, readSlot } from './slot.ts';
import type { SnapshotProgress } from './snapshot.ts';
import { storeSnapshot } from './store-snapshot.ts';
import { StreamSession } from './stream-session.ts';

export interface ChangeCaptureOptions {
  readonly databaseUrl: string;
  /** Must exist before the first start, or changes are missed. SHOP_PUBLICATION where not given. */
  readonly publication?: string;
  /** Made where missing; belongs to this capture alone. SHOP_SLOT where not given. */
  readonly slot?: string;
  /** First part of the topic names; `ecommerce` where not given. */
  readonly topicPrefix?: string;
  /** `schema.table` names in the order of the snapshot; where not given, tables that others refer to come first. */
  readonly snapshotOrder?: readonly string[];
  readonly sink: ChangeSink;
  readonly clock: { now(): number };
  readonly log: Logger;
  readonly onProgress?: (progress: SnapshotProgress) => void;
}

/** What every change capture tells of itself: this one, or Debezium. */
export interface CaptureStatus {
  readonly phase: 'connecting' | 'snapshot' | 'streaming' | 'waiting-to-retry' | 'refused' | 'stopped';
  readonly snapshot: SnapshotProgress | null;
  /** Why the last connection ended; null while all is well. */
  readonly lastError: string | null;
}

export interface EmbeddedCaptureStatus extends CaptureStatus {
  /** Records appended by this run. */
  readonly records: number;
  readonly position: CapturePosition | null;
}

export interface ChangeCapture<Status extends CaptureStatus = CaptureStatus> {
  status(): Status;
  /**
   * Resolves when the snapshot is stored and changes are streamed for the first time; rejects where that can never be:
   * `other_database`, `invalid_capture_position`, `slot_owned_by_debezium`. Never settles when stopped before.
   */
  readonly streaming: Promise<void>;
  /** Ends after the append under way; what is not stored by then comes again at the next start. */
  stop(): Promise<void>;
}

const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 5000;
/** Trying again would find the same. */
const HOPELESS = ['other_database', 'invalid_capture_position', 'slot_owned_by_debezium'];

/**
 * Captures every committed change of the published tables into the sink, exactly once by (commit LSN, index in its
 * transaction): first all rows, then the stream. Reconnects for ever; trouble is told by `status` and the log.
 */
export function startChangeCapture(options: ChangeCaptureOptions): ChangeCapture<EmbeddedCaptureStatus> {
  const capture = new Capture(options);
  const finished = capture.run();
  return {
    status: () => capture.status,
    streaming: capture.streaming,
    stop: async () => {
      capture.stop();
      await finished;
    },
  };
}

class Capture {
  readonly #options: ChangeCaptureOptions;
  readonly #publication: string;
  readonly #slot: string;
  readonly #topicPrefix: string;
  readonly #runId = randomUUID();
  readonly #stopping = new AbortController();
  readonly streaming: Promise<void>;
  #isStreaming: () => void = () => {};
  #isRefused: (error: PlatformError) => void = () => {};
  #session: StreamSession | null = null;
  #retryMs = FIRST_RETRY_MS;
  status: EmbeddedCaptureStatus = {
    phase: 'connecting',
    snapshot: null,
    records: 0,
    position: null,
    lastError: null,
  };

  constructor(options: ChangeCaptureOptions) {
    this.#options = options;
    this.#publication = options.publication ?? SHOP_PUBLICATION;
    this.#slot = options.slot ?? SHOP_SLOT;
    this.#topicPrefix = options.topicPrefix ?? SHOP_TOPIC_PREFIX;
    this.streaming = new Promise((resolve, reject) => {
      this.#isStreaming = resolve;
      this.#isRefused = reject;
    });
    // Whoever only looks at the status must not be ended by an unhandled rejection.
    this.streaming.catch(() => {});
  }

  async run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        this.#update({ phase: 'connecting' });
        await this.#connectAndCapture();
      } catch (error) {
        if (signal.aborted) {
          break;
        }
        if (error instanceof PlatformError && HOPELESS.includes(error.code)) {
          this.#options.log.log('error', 'change capture cannot start', { reason: error.message });
          this.#update({ phase: 'refused', lastError: error.message });
          this.#isRefused(error);
          return;
        }
        this.#update({ phase: 'waiting-to-retry', lastError: messageOf(error) });
        this.#options.log.log('warn', 'change capture reconnects', {
          reason: messageOf(error),
          inMs: this.#retryMs,
        });
        await delay(this.#retryMs, undefined, { signal }).catch(() => {
          // Stopped while waiting.
        });
        this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
      }
    }
    this.#update({ phase: 'stopped' });
  }

  stop(): void {
    this.#stopping.abort();
    this.#session?.stop();
  }

  async #connectAndCapture(): Promise<void> {
    const { databaseUrl } = this.#options;
    const client = await openSession(databaseUrl);
    try {
      const replication = await openSession(databaseUrl, { replication: true });
      try {
        const source = await checkSource(client, replication, this.#publication);
        const position = await this.#startingPosition(client, replication, source);
        this.#stopping.signal.throwIfAborted();
        await this.#stream(client, replication, position);
      } finally {
        replication.end().catch(() => {
          // The server has closed it already.
        });
      }
    } finally {
      await client.end().catch(() => {
        // The server has closed it already.
      });
    }
  }

  async #startingPosition(
    client: pg.Client,
    replication: pg.Client,
    source: CaptureSource,
  ): Promise<CapturePosition> {
    const { sink, log } = this.#options;
    const stored = await sink.position();
    const slot = await readSlot(client, this.#slot);
    const plan = planStart(stored === null ? null : ownPosition(stored, this.#slot), slot, source);
    if (plan.action === 'refuse') {
      throw plan.error;
    }
    if (plan.action === 'resume') {
      return plan.position;
    }
    if (plan.reason !== null) {
      const level = plan.wasComplete ? 'error' : 'warn';
      log.log(level, `change capture reads all rows afresh: ${plan.reason}`, { slot: this.#slot });
    }
    if (slot !== null) {
      await dropSlot(client, this.#slot);
    }
    this.#update({ phase: 'snapshot' });
    return storeSnapshot({
      client,
      replication,
      source,
      slot: this.#slot,
      publication: this.#publication,
      order: this.#options.snapshotOrder ?? [],
      settings: await this.#settings(client),
      sink,
      now: () => this.#options.clock.now(),
      log,
      onProgress: (progress) => {
        this.#update({ snapshot: progress });
        this.#options.onProgress?.(progress);
      },
      onStored: (records) => this.#update({ records: this.status.records + records }),
      signal: this.#stopping.signal,
    });
  }

  async #stream(client: pg.Client, replication: pg.Client, position: CapturePosition): Promise<void> {
    const [timeout] = await queryRows(
      client,
      "SELECT setting FROM pg_settings WHERE name = 'wal_sender_timeout'",
    );
    const timeoutMs = Number(timeout?.[0] ?? 0);
    const session = new StreamSession({
      replication,
      catalog: new Catalog(client),
      slot: this.#slot,
      publication: this.#publication,
      position,
      settings: await this.#settings(client),
      sink: this.#options.sink,
      now: () => this.#options.clock.now(),
      statusIntervalMs: timeoutMs > 0 ? timeoutMs / 3 : LAST_RETRY_MS,
      onStored: ({ records, position }) => {
        this.#retryMs = FIRST_RETRY_MS;
        this.#update({ records: this.status.records + records, position });
      },
    });
    this.#session = session;
    if (this.#stopping.signal.aborted) {
      return;
    }
    this.#update({ phase: 'streaming', position, lastError: null });
    this.#isStreaming();
    try {
      await session.run();
    } finally {
      this.#session = null;
    }
  }

  async #settings(client: pg.Client): Promise<EnvelopeSettings> {
    const [row] = await queryRows(client, 'SELECT current_database()');
    return { topicPrefix: this.#topicPrefix, database: row![0]!, runId: this.#runId };
  }

  #update(change: Partial<EmbeddedCaptureStatus>): void {
    this.status = { ...this.status, ...change };
  }
}

function ownPosition(stored: string, slot: string): CapturePosition {
  const owner = decodeOwner(stored);
  if (owner.owner === 'embedded') {
    return owner.position;
  }
  throw new PlatformError(
    'slot_owned_by_debezium',
    `slot ${slot} is read by the connector ${owner.connector} on ${owner.connectUrl}` +
      ' · the slot must be taken from it first: takeSlotFromDebezium',
  );
}
