// What every connection of the Kafka adapter shares: the client's settings, codecs, what it logs, how its errors are told.
import kafkajs, { type Kafka, type logCreator } from 'kafkajs';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import { compressFrame, decompressFrame } from 'lz4-napi';
import { messageOf, PlatformError } from '../errors.ts';

export type OnProblem = (message: string, fields: Readonly<Record<string, unknown>>) => void;

export interface KafkaClientOptions {
  /** `host:port` each; any of them leads to the others. */
  readonly brokers: readonly string[];
  readonly onProblem: OnProblem;
}

/** One line of kafkajs's log, at level error. */
export interface KafkaLogEntry {
  readonly message: string;
  readonly [field: string]: unknown;
}

/**
 * A client has caches (offsets of a group among them) that must not be shared by two consumers: every consumer and every
 * producer takes a client of its own.
 */
export function kafkaClient(
  { brokers, onProblem }: KafkaClientOptions,
  onLog: (entry: KafkaLogEntry) => void = () => undefined,
): Kafka {
  const outage = tellOutages(onProblem);
  const createLog: logCreator = () => (line) => {
    outage(line.log);
    onLog(line.log);
  };
  return new kafkajs.Kafka({
    clientId: 'customer-insight-platform',
    brokers: [...brokers],
    logLevel: kafkajs.logLevel.ERROR,
    logCreator: createLog,
    connectionTimeout: 3000,
    requestTimeout: 30_000,
    retry: RETRY,
  });
}

/**
 * Waits of kafkajs between tries, milliseconds: about 25 s in all, which a restart of a broker takes at most. Stated whole,
 * because kafkajs has other defaults when NODE_ENV is `test`.
 */
export const RETRY = { initialRetryTime: 100, multiplier: 2, factor: 0.2, maxRetryTime: 3000, retries: 12 };

/** kafkajs's error as one of ours; a PlatformError stays what it is. */
export function kafkaError(action: string, error: unknown): PlatformError {
  if (error instanceof PlatformError) return error;
  const retryable = isRetriable(error);
  const code = retryable ? 'event_log_unreachable' : 'event_log_refused';
  return new PlatformError(code, `${action}: kafka answered: ${messageOf(error)}`, {
    retryable,
    cause: error,
  });
}

/** Kafka's name of the error, such as `MESSAGE_TOO_LARGE`; null where it is not one of the protocol. */
export function protocolErrorType(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if ('type' in error && typeof error.type === 'string') return error.type;
  return protocolErrorType(error.cause);
}

function isRetriable(error: unknown): boolean {
  if (error instanceof kafkajs.KafkaJSNumberOfRetriesExceeded) return true;
  // What a broker that does not answer comes to, though kafkajs calls it final.
  if (error instanceof kafkajs.KafkaJSGroupCoordinatorNotFound) return true;
  return error instanceof kafkajs.KafkaJSError && error.retriable;
}

/** kafkajs logs every failed try to connect; one line in ten seconds says as much. */
function tellOutages(onProblem: OnProblem): (entry: KafkaLogEntry) => void {
  let quietUntil = 0;
  return ({ message, broker, error }) => {
    if (!message.startsWith('Connection')) return;
    const now = performance.now();
    if (now < quietUntil) return;
    quietUntil = now + OUTAGE_LINE_MS;
    onProblem('kafka cannot be reached', { broker, error: error ?? message });
  };
}

const OUTAGE_LINE_MS = 10_000;

// kafkajs brings gzip only. Kafka's lz4 is the LZ4 frame format (KIP-57), which is what `compressFrame` writes.
kafkajs.CompressionCodecs[kafkajs.CompressionTypes.LZ4] = () => ({
  compress: ({ buffer }: { buffer: Buffer }) => compressFrame(buffer),
  decompress: (buffer: Buffer) => decompressFrame(buffer),
});

// kafkajs 2.2.4 sets this timer also when nothing waits, to a time long past, and again whenever it ends: a thousand times a
// second for every connection, half a percent of a core each (https://github.com/tulios/kafkajs/issues/1704).
const schedule = RequestQueue.prototype.scheduleCheckPendingRequests;
RequestQueue.prototype.scheduleCheckPendingRequests = function (this: RequestQueue): void {
  if (this.pending.length > 0) schedule.call(this);
};
