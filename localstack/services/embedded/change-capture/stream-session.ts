import type pg from 'pg';
import { type EnvelopeSettings, type RelationMessage, tableEncoder } from '../../../../shared/cdc/index.ts';
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

/** Bounds what one append takes, and so what is read while the one before it is under way. */
const APPEND_BYTES = 8 * 1024 * 1024;
/** Without changes to store, positions are stored this often at most. */
const IDLE_STORE_MS = 1000;

/**
 * One connection's life: reads the stream, appends whole transactions with the position they reach, and only then
 * acknowledges them. What arrives while an append is under way is made into records at once, which take a fraction of the
 * memory of decoded messages, and goes together into the next one.
 */
export class StreamSession {
  readonly #options: StreamSessionOptions;
  readonly #assembler: TransactionAssembler;
  /** What stands behind a table that is being looked up, that table's message first. */
  readonly #waiting: StreamItem[] = [];
  #paused = false;
  #hasNews = false;
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
    if (this.#waiting.length > 0 || isRelation(item)) {
      this.#waiting.push(item);
    } else {
      this.#assemble(item);
    }
    if (!this.#paused && (this.#waiting.length > 0 || this.#assembler.pendingBytes > APPEND_BYTES)) {
      this.#paused = true;
      stream.pause();
    }
    this.#hasNews = true;
    this.#wake?.();
  }

  #assemble(item: StreamItem): void {
    if (item.kind === 'keepalive') {
      this.#assembler.sentUpTo(item.sentLsn);
    } else {
      this.#assembler.take(item.lsn, item.message, epochMillis(this.#options.now()));
    }
  }

  async #work(stream: ReplicationStream): Promise<void> {
    do {
      this.#hasNews = false;
      await this.#lookUpTables();
      await this.#store(stream, this.#assembler.pendingBytes > APPEND_BYTES);
      if (this.#paused) {
        this.#paused = false;
        stream.resume();
      }
    } while (this.#hasNews && !this.#stopped);
  }

  async #lookUpTables(): Promise<void> {
    let done = 0;
    for (; done < this.#waiting.length && !this.#stopped; done += 1) {
      const item = this.#waiting[done]!;
      if (isRelation(item)) {
        const table = await this.#options.catalog.tableOf(item.message);
        this.#assembler.describe(item.message.oid, tableEncoder(table));
      } else {
        this.#assemble(item);
      }
    }
    this.#waiting.splice(0, done);
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
    if (this.#hasNews || this.#failure !== null || this.#stopped) {
      return;
    }
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = null;
  }
}

type RelationItem = StreamItem & { readonly message: RelationMessage };

function isRelation(item: StreamItem): item is RelationItem {
  return item.kind === 'change' && item.message.kind === 'relation';
}
