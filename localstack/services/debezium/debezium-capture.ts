import { setTimeout as delay } from 'node:timers/promises';
import { SHOP_PUBLICATION, SHOP_SLOT, SHOP_TOPIC_PREFIX } from '../../../shared/domain/index.ts';
import { messageOf, PlatformError } from '../../../shared/errors.ts';
import type { EventLog } from '../../../shared/kafka/index.ts';
import type { Logger } from '../../../shared/runtime/logger.ts';
import {
  type CaptureStatus,
  type ChangeCapture,
  type ChangeSink,
  type DebeziumOwner,
  readSlot,
  type SnapshotProgress,
} from '../embedded/change-capture/index.ts';
import { type ConnectClient, connectClient } from './connect-client.ts';
import { SHOP_CONNECTOR } from './connector-config.ts';
import { connectorReach } from './connector-offset.ts';
import { registerConnector } from './register-connector.ts';
import { slotIsRead, withSource } from './slot-session.ts';
import { snapshotProgress } from './snapshot-progress.ts';
import { UnreadSlot } from './unread-slot.ts';

export interface DebeziumCaptureOptions {
  /** `http://host:port` of Kafka Connect's REST interface. */
  readonly connectUrl: string;
  /** As this process reaches the shop database. */
  readonly databaseUrl: string;
  /** As Connect reaches it; `databaseUrl` where not given. */
  readonly connectDatabaseUrl?: string;
  /** Must exist before the first start. SHOP_PUBLICATION where not given. */
  readonly publication?: string;
  /** Made where missing; has one reader at a time. SHOP_SLOT where not given. */
  readonly slot?: string;
  /** First part of the topic names, which are to exist; `ecommerce` where not given. */
  readonly topicPrefix?: string;
  /** `shop-connector` where not given. */
  readonly connector?: string;
  /** The position record of the event log on the Kafka that Connect writes to: it says who owns the slot. */
  readonly sink: ChangeSink;
  /** The same event log; the topics' growth shows how far a snapshot is. */
  readonly eventLog: Pick<EventLog, 'positions'>;
  readonly clock: { now(): number };
  readonly log: Logger;
  readonly onProgress?: (progress: SnapshotProgress) => void;
  /** Whether `stop` leaves the connector at work. True where not given; false where the database ends with the platform. */
  readonly keepRunning?: boolean;
}

/** How often Connect is asked how its connector is. */
const WATCH_MS = 500;
const SNAPSHOT_WATCH_MS = 100;
/** How often the database is asked whether a connector that streams does so still. */
const SLOT_WATCH_MS = 10_000;
/**
 * Connect answers 404 for the status of a connector that it has just taken. Registering that one again would restart its
 * task in the middle of the snapshot, which then writes the tables it had done a second time.
 */
const SHOWN_WITHIN_MS = 30_000;
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 30_000;
/** Trying again would find the same. */
const HOPELESS = ['other_database', 'invalid_capture_position', 'connector_setting_missing'];

/**
 * Change capture by a Debezium connector on Kafka Connect: registers it, hands it the slot, and watches it. What has failed is
 * restarted; while Connect is away it is asked again for ever; trouble is told by `status` and the log.
 * `stop` leaves the connector at work: what it captures meanwhile is read at the next start.
 */
export function startDebeziumCapture(options: DebeziumCaptureOptions): ChangeCapture {
  const capture = new DebeziumCapture(options);
  const finished = capture.run();
  return {
    status: () => capture.status,
    streaming: capture.streaming,
    stop: async () => {
      capture.stop();
      await finished;
      if (options.keepRunning === false) await capture.stopConnector();
    },
  };
}

class DebeziumCapture {
  readonly #options: Required<DebeziumCaptureOptions>;
  readonly #connect: ConnectClient;
  readonly #stopping = new AbortController();
  readonly streaming: Promise<void>;
  #isStreaming: () => void = () => {};
  #isRefused: (error: PlatformError) => void = () => {};
  #retryMs = FIRST_RETRY_MS;
  #nextLookAt = 0;
  status: CaptureStatus = { phase: 'connecting', snapshot: null, lastError: null };

  constructor(options: DebeziumCaptureOptions) {
    this.#options = {
      connectDatabaseUrl: options.databaseUrl,
      publication: SHOP_PUBLICATION,
      slot: SHOP_SLOT,
      topicPrefix: SHOP_TOPIC_PREFIX,
      connector: SHOP_CONNECTOR,
      onProgress: () => {},
      keepRunning: true,
      ...options,
    };
    this.#connect = connectClient(options.connectUrl);
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
        const mode = await registerConnector({ ...this.#options, connect: this.#connect, signal });
        await this.#watch(mode);
      } catch (error) {
        if (signal.aborted) break;
        if (error instanceof PlatformError && HOPELESS.includes(error.code)) {
          this.#options.log.log('error', 'change capture cannot start', { reason: error.message });
          this.#update({ phase: 'refused', lastError: error.message });
          this.#isRefused(error);
          return;
        }
        await this.#waitToRetry(messageOf(error));
      }
    }
    this.#update({ phase: 'stopped' });
  }

  stop(): void {
    this.#stopping.abort();
  }

  async stopConnector(): Promise<void> {
    try {
      await this.#connect.stop(this.#options.connector);
    } catch (error) {
      // Where Connect is away there is no connector at work; should it come back, its connector waits for the database.
      this.#options.log.log('warn', 'the connector could not be stopped', { reason: messageOf(error) });
    }
  }

  /** Returns when the connector has to be registered again. */
  async #watch(mode: DebeziumOwner['snapshotMode']): Promise<void> {
    const { connector, log } = this.#options;
    const shownBy = performance.now() + SHOWN_WITHIN_MS;
    let isShown = false;
    const unread = new UnreadSlot();
    while (!this.#stopping.signal.aborted) {
      const status = await this.#connect.status(connector);
      if (status === null && !isShown && performance.now() < shownBy) {
        await this.#pause(SNAPSHOT_WATCH_MS);
        continue;
      }
      isShown = true;
      if (status === null) {
        log.log('warn', 'the connector was removed; it is registered again', { connector });
        return;
      }
      const running =
        status.state === 'RUNNING' &&
        status.tasks.length > 0 &&
        status.tasks.every(({ state }) => state === 'RUNNING');
      if (running) {
        await this.#followRunning(mode, unread);
      } else if (status.trace !== null) {
        await this.#waitToRetry(`connector ${connector} failed: ${reasonOf(status.trace)}`);
        if (await this.#slotIsLost()) return;
        await this.#connect.restartFailed(connector);
      } else if (status.state === 'PAUSED' || status.state === 'STOPPED') {
        const lastError = `connector ${connector} is ${status.state.toLowerCase()} · PUT ${this.#options.connectUrl}/connectors/${connector}/resume`;
        this.#update({ phase: 'waiting-to-retry', lastError });
      }
      await this.#pause(this.status.phase === 'streaming' ? WATCH_MS : SNAPSHOT_WATCH_MS);
    }
  }

  /** Restarted on such a slot, the connector fails for ever; registering it afresh reads all rows. */
  async #slotIsLost(): Promise<boolean> {
    const { databaseUrl, publication, slot, log } = this.#options;
    try {
      return await withSource(databaseUrl, publication, async (client) => {
        const found = await readSlot(client, slot);
        return found === null || found.walStatus === 'lost';
      });
    } catch (error) {
      // While the database is away nobody knows, and the restart may come in time.
      log.log('warn', 'the slot cannot be looked at', { slot, reason: messageOf(error) });
      return false;
    }
  }

  async #followRunning(mode: DebeziumOwner['snapshotMode'], unread: UnreadSlot): Promise<void> {
    if (this.status.phase === 'streaming' && performance.now() < this.#nextLookAt) return;
    this.#nextLookAt = performance.now() + SLOT_WATCH_MS;
    const { databaseUrl, publication, slot } = this.#options;
    const offset = await this.#connect.offset(this.#options.connector);
    const snapshotDone = mode === 'no_data' || connectorReach(offset).snapshotDone;
    const { progress, reading } = await withSource(databaseUrl, publication, async (client) => ({
      progress: await snapshotProgress({ client, ...this.#options }),
      reading: await slotIsRead(client, slot),
    }));
    if (!snapshotDone || this.status.phase === 'snapshot') {
      // Nobody reads the slot while the rows are read.
      const snapshot = snapshotDone ? { rows: progress.rows, total: progress.rows } : progress;
      this.#update({ phase: 'snapshot', snapshot });
      this.#options.onProgress(snapshot);
    }
    const decision = snapshotDone ? unread.observe(reading, performance.now()) : 'wait';
    if (decision === 'restart') {
      await this.#restartAll();
    } else if (decision === 'fine') {
      this.#retryMs = FIRST_RETRY_MS;
      this.#update({ phase: 'streaming', lastError: null });
      this.#isStreaming();
    }
  }

  async #restartAll(): Promise<void> {
    const { connector, slot, log } = this.#options;
    const lastError = `connector ${connector} says that it runs, and nobody reads slot ${slot}; it is restarted`;
    log.log('warn', lastError, {});
    this.#update({ phase: 'waiting-to-retry', lastError });
    await this.#connect.restartAll(connector);
  }

  async #waitToRetry(reason: string): Promise<void> {
    this.#update({ phase: 'waiting-to-retry', lastError: reason });
    this.#options.log.log('warn', 'change capture tries again', { reason, inMs: this.#retryMs });
    const waitMs = this.#retryMs;
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
    await this.#pause(waitMs);
  }

  async #pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#stopping.signal }).catch(() => {
      // Stopped while waiting.
    });
  }

  #update(change: Partial<CaptureStatus>): void {
    this.status = { ...this.status, ...change };
  }
}

/** The deepest cause of a Java trace, which says what to do; the frames around it do not. */
function reasonOf(trace: string): string {
  const causes = trace.split('\n').filter((line) => line.startsWith('Caused by: '));
  return (causes.at(-1)?.slice('Caused by: '.length) ?? trace.split('\n')[0] ?? trace).trim();
}
