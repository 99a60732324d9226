import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { messageOf, PlatformError } from '../errors.ts';

/** Threads that do every command together. */
export interface ThreadTeam {
  /**
   * Resolves when every thread has done the command; one command at a time.
   * @throws PlatformError `als_thread` when a thread ends instead
   */
  run(command: string): Promise<void>;
  /** Ends the threads, whatever they are doing. A command that they are at is never answered. */
  close(): Promise<void>;
}

/** Starts from text, as a bundled function has no file to start a thread from. A command is the name of a function of the kernel. */
export const KERNEL_THREAD = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { module, memory, plan, thread, scratch } = workerData;
  const kernel = new WebAssembly.Instance(module, { env: { memory } }).exports;
  parentPort.on('message', (command) => {
    kernel[command](plan, thread, scratch);
    parentPort.postMessage(command);
  });
`;

/**
 * The same without threads, for a fit that takes less time than they take to start: hands the event loop back after a command.
 * @param commands functions by name
 */
export function ownThread(commands: Readonly<Record<string, () => void>>): ThreadTeam {
  return {
    async run(command) {
      commands[command]!();
      await nextTurn();
    },
    close: () => Promise.resolve(),
  };
}

/**
 * @param source JavaScript of a thread, which answers each message by one message
 * @param data one `workerData` a thread
 */
export function startTeam(source: string, data: readonly unknown[]): ThreadTeam {
  const workers = data.map((workerData) => new Worker(source, { eval: true, workerData }));
  let waiting: { readonly resolve: () => void; readonly reject: (error: Error) => void } | null = null;
  let answers = 0;
  let failure: Error | null = null;
  const fail = (reason: string, cause?: unknown) => {
    failure ??= new PlatformError('als_thread', `a thread of the fit ended: ${reason}; fit again`, {
      retryable: true,
      cause,
    });
    waiting?.reject(failure);
    waiting = null;
  };
  for (const worker of workers) {
    worker.on('message', () => {
      answers += 1;
      if (answers < workers.length) return;
      waiting?.resolve();
      waiting = null;
    });
    worker.on('error', (error) => fail(messageOf(error), error));
    worker.on('exit', (code) => fail(`exit code ${code}`));
  }
  return {
    run: (command) =>
      new Promise<void>((resolve, reject) => {
        if (failure !== null) {
          reject(failure);
          return;
        }
        answers = 0;
        waiting = { resolve, reject };
        for (const worker of workers) worker.postMessage(command);
      }),
    async close() {
      waiting = null;
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}
