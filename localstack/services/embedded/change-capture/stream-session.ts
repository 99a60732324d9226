import type pg from 'pg';
import { type EnvelopeSettings, tableEncoder } from '../../../../shared/cdc/index.ts';
import { epochMillis } from '../../../../shared/domain/index.ts';
import { type CapturePosition, encodePosition } from './capture-position.ts';
import type { Catalog } from './catalog.ts';
import type { ChangeSink } from './change-sink.ts';
import { type ReplicationStream, type StreamItem, startReplication } from './replication-stream.ts';
import { TransactionAssembler } from './transaction-assembler.ts';

export interface StreamSessionOptions {
  readonly replication: pg.Client;
  readonly catalog: Catalog;
  readonly slot: string;
  readonly publication: string;
  readonly position: CapturePosition;
  readonly settings: EnvelopeSettings;
  readonly sink: ChangeSink;
  readonly now: () => number;
  /** How often to send a status unasked, milliseconds; well below the server's wal_sender_timeout. */
  readonly statusIntervalMs: number;
  /** After each append. */
  readonly onStored: (stored: { readonly records: number; readonly position: CapturePosition }) => void;
}

/** Bounds of what one append takes, and of what is read ahead while an append is under way. */
const APPEND_BYTES = 8 * 1024 * 1024;
const READ_AHEAD_BYTES = 32 * 1024 * 1024;
/** Without changes to store, positions are stored this often at most. */
const IDLE_STORE_MS = 1000;

/**
 * One connection's life: reads the stream, appends whole transactions with the position they reach, and only then
 * acknowledges them. What arrives while an append is under way goes together into the next one.
 */
export class StreamSession {
  readonly #options: StreamSessionOptions;
  readonly #assembler: TransactionAssembler;
  readonly #inbox: StreamItem[] = [];
  #inboxBytes = 0;
  #paused = false;
  #stored: CapturePosition;
  #idleStoredAt = 0;
  #wake: (() => void) | null = null;
  #stopped = false;
  #failure: Error | null = null;

  constructor(options: StreamSessionOptions) {
    this.#options = options;
    this.#stored = options.position;
    this.#assembler = new TransactionAssembler(options.settings, options.position);
  }

  /** Runs until `stop` (resolves) or until the connection, the catalog or the sink fails (rejects). */
  async run(): Promise<void> {
    const { replication, slot, publication } = this.#options;
    const stream = startReplication(replication, slot, publication, {
      onItem: (item) => this.#receive(item, stream),
      onReplyRequested: () => stream.sendStatus(this.#stored.safeLsn),
      onEnd: (error) => {
        this.#failure ??= error;
        this.#wake?.();
      },
    });
    const status = setInterval(
      () => {
        stream.sendStatus(this.#stored.safeLsn);
        this.#wake?.();
      },
      Math.min(this.#options.statusIntervalMs, IDLE_STORE_MS),
    );
    try {
      while (!this.#stopped) {
        await this.#work(stream);
        if (this.#failure !== null) {
          throw this.#failure;
        }
        await this.#nextItem();
      }
    } finally {
      clearInterval(status);
      stream.close();
    }
  }

  /** Ends the session after the append under way. */
  stop(): void {
    this.#stopped = true;
    this.#wake?.();
  }

  #receive(item: StreamItem, stream: ReplicationStream): void {
    this.#inbox.push(item);
    this.#inboxBytes += item.bytes;
    if (this.#inboxBytes > READ_AHEAD_BYTES && !this.#paused) {
      this.#paused = true;
      stream.pause();
    }
    this.#wake?.();
  }

  async #work(stream: ReplicationStream): Promise<void> {
    while (this.#inbox.length > 0 && !this.#stopped) {
      const items = this.#inbox.splice(0);
      this.#inboxBytes = 0;
      if (this.#paused) {
        this.#paused = false;
        stream.resume();
      }
      const now = epochMillis(this.#options.now());
      for (const item of items) {
        if (item.kind === 'change' && item.message.kind === 'relation') {
          const table = await this.#options.catalog.tableOf(item.message);
          this.#assembler.describe(item.message.oid, tableEncoder(table));
        } else if (item.kind === 'change') {
          this.#assembler.take(item.lsn, item.message, now);
        } else {
          this.#assembler.sentUpTo(item.sentLsn);
        }
        if (this.#assembler.pendingBytes > APPEND_BYTES) {
          await this.#store(stream, true);
        }
      }
      await this.#store(stream, false);
    }
    await this.#store(stream, false);
  }

  /** Append, durable; then acknowledge. */
  async #store(stream: ReplicationStream, includeOpen: boolean): Promise<void> {
    const { records, position } = this.#assembler.drain(includeOpen);
    if (records.length === 0) {
      const now = this.#options.now();
      if (position.safeLsn === this.#stored.safeLsn || now - this.#idleStoredAt < IDLE_STORE_MS) {
        return;
      }
      this.#idleStoredAt = now;
    }
    await this.#options.sink.append(records, encodePosition(position));
    this.#stored = position;
    stream.sendStatus(position.safeLsn);
    this.#options.onStored({ records: records.length, position });
  }

  async #nextItem(): Promise<void> {
    if (this.#inbox.length > 0 || this.#failure !== null || this.#stopped) {
      return;
    }
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = null;
  }
}
