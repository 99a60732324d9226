import { messageOf, PlatformError } from '../errors.ts';
import type { QueryBatch, QueryEngine, QueryOptions, QueryTable } from '../features/index.ts';
import type { HeldFiles, ObjectFileCache } from './object-file-cache.ts';

/**
 * Gives an engine that reads local files alone the data files of any object store: they are immutable, so that a copy is as
 * good. They are held while the query runs. Closing closes the engine and the cache.
 */
export function queryEngineOverObjects(engine: QueryEngine, cache: ObjectFileCache): QueryEngine {
  const closing = new AbortController();
  return {
    query: async function* (sql, options): AsyncGenerator<QueryBatch> {
      const stop = AbortSignal.any([closing.signal, ...(options.deadline ? [options.deadline] : [])]);
      const uris = new Set(Object.values(options.tables).flatMap(({ files }) => files.map(({ uri }) => uri)));
      const held = await unlessStopped(stop, () => cache.hold([...uris]));
      try {
        const paths = new Map([...uris].map((uri, index) => [uri, held.paths[index] ?? uri]));
        yield* engine.query(sql, { ...options, tables: withPaths(options.tables, paths) });
      } finally {
        await held.release();
      }
    },
    close: async () => {
      closing.abort();
      await engine.close();
      await cache.close();
    },
  };
}

function withPaths(
  tables: QueryOptions['tables'],
  paths: ReadonlyMap<string, string>,
): Record<string, QueryTable> {
  return Object.fromEntries(
    Object.entries(tables).map(([name, { schema, files }]) => [
      name,
      { schema, files: files.map((file) => ({ ...file, uri: paths.get(file.uri) ?? file.uri })) },
    ]),
  );
}

/** Leaves the downloads to themselves when the query is stopped: the next one finds what they have brought. */
async function unlessStopped(stop: AbortSignal, hold: () => Promise<HeldFiles>): Promise<HeldFiles> {
  if (stop.aborted) throw interrupted(stop);
  const holding = hold();
  let onStop = (): void => undefined;
  const stopped = new Promise<'stopped'>((resolve) => {
    onStop = () => resolve('stopped');
    stop.addEventListener('abort', onStop, { once: true });
  });
  try {
    const held = await Promise.race([holding, stopped]);
    if (held !== 'stopped') return held;
  } catch (cause) {
    throw notFetched(cause);
  } finally {
    stop.removeEventListener('abort', onStop);
  }
  holding.then(
    (held) => held.release(),
    // The query has its own failure to tell.
    () => undefined,
  );
  throw interrupted(stop);
}

function notFetched(cause: unknown): PlatformError {
  return new PlatformError(
    'query_failed',
    `the query's data files could not be fetched: ${messageOf(cause)}`,
    {
      retryable: cause instanceof PlatformError && cause.retryable,
      cause,
    },
  );
}

function interrupted(stop: AbortSignal): PlatformError {
  return new PlatformError(
    'query_interrupted',
    `the query was interrupted while its data files were fetched: ${messageOf(stop.reason)}; give the function more time or the query less data`,
    { retryable: true },
  );
}
