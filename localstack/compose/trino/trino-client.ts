// Trino's client protocol: https://trino.io/docs/476/develop/client-protocol.html
// The npm client of Trino does not throw on an SQL error, so this asks by itself.
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf, PlatformError } from '../../../shared/errors.ts';

export interface TrinoRows {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** Values as JSON carries them: bigint as a number, decimal and timestamp as text. */
  readonly rows: readonly (readonly unknown[])[];
}

export interface TrinoClient {
  /** @throws PlatformError `trino_query_failed` with Trino's name of the error, `trino_unreachable` (retryable) */
  query(sql: string): Promise<TrinoRows>;
}

/** Between two looks at a query that has nothing to tell yet; Trino itself holds an answer back for up to a second. */
const POLL_MS = 50;
const PATIENCE_MS = 60_000;
/** "If the client request returns an HTTP 502, 503, or 504, it should wait 50-100 ms and try again." */
const TRY_AGAIN: ReadonlySet<number> = new Set([502, 503, 504]);
const MAX_ATTEMPTS = 20;
/** A coordinator on a starved machine loses sight of its nodes for a moment; nothing of the statement has run then. */
const NO_NODES = 'NO_NODES_AVAILABLE';
const NODES_POLL_MS = 500;

export function trinoClient({ url, user = 'platform' }: { url: string; user?: string }): TrinoClient {
  return {
    query: async (sql) => {
      const until = Date.now() + PATIENCE_MS;
      for (;;) {
        const outcome = await run(url, user, sql);
        if ('rows' in outcome) return outcome;
        if (outcome.errorName !== NO_NODES || Date.now() > until) throw queryFailed(outcome, sql);
        await delay(NODES_POLL_MS);
      }
    },
  };
}

/** One run of a statement: its rows, or why Trino gave it up. */
async function run(url: string, user: string, sql: string): Promise<TrinoRows | QueryError> {
  let page = await ask(new URL('/v1/statement', url), user, sql);
  let columns: TrinoRows['columns'] = [];
  const rows: (readonly unknown[])[] = [];
  for (;;) {
    if (page.error !== undefined) return page.error;
    columns = page.columns ?? columns;
    rows.push(...(page.data ?? []));
    if (page.nextUri === undefined) return { columns, rows };
    if (page.data === undefined) await delay(POLL_MS);
    page = await ask(new URL(page.nextUri), user);
  }
}

/** A name or a text as SQL takes it. */
export const quotedName = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const quotedText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

interface Page {
  readonly nextUri?: string;
  readonly columns?: TrinoRows['columns'];
  readonly data?: readonly (readonly unknown[])[];
  readonly error?: QueryError;
}

interface QueryError {
  readonly message: string;
  /** E.g. `TABLE_NOT_FOUND`. */
  readonly errorName: string;
  readonly errorType: string;
}

async function ask(url: URL, user: string, sql?: string): Promise<Page> {
  for (let attempt = 1; ; attempt++) {
    const response = await send(url, user, sql);
    if (response.ok) return (await response.json()) as Page;
    const text = await response.text();
    if (!TRY_AGAIN.has(response.status) || attempt === MAX_ATTEMPTS) {
      throw new PlatformError(
        'trino_unreachable',
        `trino at ${url.host} answered ${response.status}: ${text.slice(0, 300)}`,
        { retryable: response.status >= 500 },
      );
    }
    await delay(POLL_MS);
  }
}

async function send(url: URL, user: string, sql?: string): Promise<Response> {
  try {
    return await fetch(url, {
      headers: { 'x-trino-user': user, 'x-trino-source': 'customer-insight-platform' },
      signal: AbortSignal.timeout(PATIENCE_MS),
      ...(sql === undefined ? {} : { method: 'POST', body: sql }),
    });
  } catch (cause) {
    const reason =
      cause instanceof Error && cause.cause !== undefined ? messageOf(cause.cause) : messageOf(cause);
    throw new PlatformError('trino_unreachable', `trino at ${url.host} does not answer: ${reason}`, {
      retryable: true,
      cause,
    });
  }
}

function queryFailed(error: QueryError, sql: string): PlatformError {
  return new PlatformError('trino_query_failed', `${error.errorName}: ${error.message} · ${sql}`, {
    retryable: error.errorType === 'INSUFFICIENT_RESOURCES',
    details: { errorName: error.errorName },
  });
}
