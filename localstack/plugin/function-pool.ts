import { AsyncLocalStorage } from 'node:async_hooks';
import type { Worker } from 'node:worker_threads';
import ServerlessOffline from 'serverless-offline';
import Lambda, { type LambdaFunction } from 'serverless-offline/lambda';
import { messageOf, PlatformError } from '../../shared/errors.ts';
import type { PluginLog, ServerlessInstance } from './serverless-service.ts';

/** Invokes functions in worker threads of serverless-offline, in a pool of its own. */
export interface FunctionPool {
  /** Rejects when the function fails, times out, dies or does not exist. */
  invoke(functionName: string, event: unknown): Promise<unknown>;
  /** Ends all threads, whatever they do. */
  close(): Promise<void>;
}

/**
 * Opens the pool and, with it, two guards that last until `close`: a thread that dies (a stray rejection, a result that
 * cannot be cloned) ends its invocation and not the process, whichever pool it belongs to; and the line that
 * serverless-offline prints for every invocation is kept off for those of this pool, which come by the hundreds.
 */
export function openFunctionPool(
  serverless: ServerlessInstance,
  options: Readonly<Record<string, unknown>>,
  log: PluginLog,
): FunctionPool {
  const lambda = new Lambda(serverless, options);
  const { service } = serverless;
  const functionKeys = service.getAllFunctions();
  lambda.create(
    functionKeys.map((functionKey) => ({
      functionKey,
      functionDefinition: service.getFunction(functionKey),
    })),
  );
  quietInvocations(serverless, log);
  const watchWorker = (worker: Worker): void => surviveDeath(worker, log);
  process.on('worker', watchWorker);
  return {
    invoke: async (functionName, event) => {
      if (!functionKeys.includes(functionName)) {
        throw new PlatformError(
          'unknown_function',
          `serverless.yml has no function ${functionName}; it has: ${functionKeys.join(', ')}`,
        );
      }
      return invoke(lambda.get(functionName), event);
    },
    close: async () => {
      await lambda.cleanup();
      process.off('worker', watchWorker);
    },
  };
}

/** The instance in whose invocation code runs, or undefined outside of this pool. */
const currentInstance = new AsyncLocalStorage<LambdaFunction>();

/** Rejects the running invocation of an instance. */
const runningInvocations = new WeakMap<LambdaFunction, (error: unknown) => void>();

/**
 * `get` hands out any instance that is not busy, and only `runHandler` makes it busy: nothing may be awaited between. The
 * invocation of a dead thread would be answered only by the function's timeout, so its death is raced against the answer.
 */
function invoke(instance: LambdaFunction, event: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    runningInvocations.set(instance, reject);
    instance.setEvent(event);
    currentInstance.run(instance, () => instance.runHandler()).then(resolve, reject);
  });
}

/** Node emits `worker` in the async context of its creator, which tells whose thread it is. */
function surviveDeath(worker: Worker, log: PluginLog): void {
  const instance = currentInstance.getStore();
  let cause: unknown = null;
  worker.on('error', (error) => {
    cause = error;
    log.error(
      `a function's thread died: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  });
  worker.on('exit', (code) => {
    if (instance === undefined) return;
    const ended = new PlatformError('function_thread_ended', `the function's thread ended with code ${code}`);
    runningInvocations.get(instance)?.(cause ?? ended);
    // Forgets the dead thread, so that the next invocation starts another.
    instance.cleanup().catch((error: unknown) => log.error(messageOf(error)));
  });
}

/** The constructor sets the log of the whole package; the instance itself is of no further use. */
function quietInvocations(serverless: ServerlessInstance, log: PluginLog): void {
  const isOurs = (): boolean => currentInstance.getStore() !== undefined;
  new ServerlessOffline(
    serverless,
    {},
    {
      log: {
        error: (...parts) => log.error(...parts),
        warning: (...parts) => log.warning(...parts),
        notice: (...parts) => (isOurs() ? log.debug(...parts) : log.notice(...parts)),
        info: (...parts) => log.info(...parts),
        verbose: (...parts) => log.verbose(...parts),
        debug: (...parts) => log.debug(...parts),
      },
    },
  );
}
