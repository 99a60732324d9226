/** Repeats and names the failures of S3: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf, PlatformError } from '../errors.ts';

export interface S3Location {
  readonly bucket: string;
  readonly prefix: string;
  readonly endpoint: string | null;
}

/** Sends until there is an answer that another attempt would not change. `what` reads as in "could not … in s3://…". */
export type Retrying = <T>(what: string, send: () => Promise<T>) => Promise<T>;

const FIRST_BACKOFF_MS = 50;
const MAX_BACKOFF_MS = 2_000;

export function retryingRequests(location: S3Location, maxAttempts: number): Retrying {
  return async (what, send) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await send();
      } catch (error) {
        if (attempt >= maxAttempts || !isTransient(error)) throw failed(what, location, error, attempt);
        const backoff = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (attempt - 1));
        // Half of it is certain, so that a server which restarts is given its time; the rest parts those who wait.
        await delay(backoff / 2 + (Math.random() * backoff) / 2);
      }
    }
  };
}

export function failed(what: string, location: S3Location, cause: unknown, attempts = 1): PlatformError {
  if (cause instanceof PlatformError) return cause;
  const where = describeLocation(location);
  const { status, code } = failureOf(cause);
  if (code === 'NoSuchBucket') return bucketMissing(location, cause);
  const reason = `${code}${status === null ? '' : ` (${status})`}: ${messageOf(cause)}`;
  return new PlatformError(
    'object_store_failed',
    `could not ${what} in ${where}: ${reason} · tried ${attempts} time${attempts === 1 ? '' : 's'}`,
    { retryable: isTransient(cause), cause, details: { status, s3Code: code } },
  );
}

/** Whether the same request may succeed a moment later. */
export function isTransient(error: unknown): boolean {
  if (isAnswerLost(error)) return true;
  const { status, code } = failureOf(error);
  return status === 408 || status === 429 || TRANSIENT_CODES.has(code);
}

/** No answer, or the server's own failure: it may have done what was asked. */
export function isAnswerLost(error: unknown): boolean {
  const { status, code } = failureOf(error);
  // 501: does not know how. Below 300: the answer's body broke off.
  if (status !== null) return (status >= 500 && status !== 501) || status < 300;
  return LOST_CODES.has(code) || /^E(?!RR_)[A-Z_]+$/.test(code);
}

export interface S3Failure {
  /** Of the answer; null where there was none. */
  readonly status: number | null;
  /** S3's own (`SlowDown`), the system's (`ECONNRESET`) or the name of the error. */
  readonly code: string;
}

export function failureOf(error: unknown): S3Failure {
  if (!(error instanceof Error)) return { status: null, code: 'unknown' };
  const { $metadata, code } = error as Error & { $metadata?: { httpStatusCode?: number }; code?: unknown };
  const status = $metadata?.httpStatusCode ?? null;
  return { status, code: typeof code === 'string' && code !== '' ? code : error.name };
}

export function describeLocation({ bucket, prefix, endpoint }: S3Location): string {
  return `s3://${bucket}${prefix === '' ? '' : `/${prefix}`} at ${endpoint ?? 'AWS'}`;
}

function bucketMissing(location: S3Location, cause: unknown): PlatformError {
  return new PlatformError(
    'object_store_bucket_missing',
    `there is no bucket ${location.bucket} at ${location.endpoint ?? 'AWS'} · create it, or name another in LAKEHOUSE_URL`,
    { cause },
  );
}

/** Answers below 500 that ask for another attempt; a conditional write that met another one in flight is 409. */
const TRANSIENT_CODES: ReadonlySet<string> = new Set([
  'ConditionalRequestConflict',
  'OperationAborted',
  'RequestTimeout',
  'RequestTimeTooSkewed',
  'XMinioServerNotInitialized',
]);

/** Of the SDK and of Node, beside those of the system (`ECONNRESET`); Node's other codes (`ERR_…`) are mistakes of ours. */
const LOST_CODES: ReadonlySet<string> = new Set(['TimeoutError', 'ERR_STREAM_PREMATURE_CLOSE']);
