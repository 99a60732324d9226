import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { messageOf, PlatformError } from '../errors.ts';

/** What a kernel computes over. A command of it takes the plan, the number of the thread and the thread's scratch. */
export interface KernelMemory {
  readonly memory: WebAssembly.Memory;
  /** Address of the plan that the threads follow. */
  readonly plan: number;
  /** Address of every thread's own memory. */
  readonly scratches: readonly number[];
}

/** Threads that do every command together. */
export interface ThreadTeam {
  /**
   * Resolves when every thread has done the command; one command at a time.
   * @throws PlatformError `kernel_thread` when a thread ends instead
   */
  run(command: string): Promise<void>;
  /** Ends the threads, whatever they are doing. A command that they are at is never answered. */
  close(): Promise<void>;
}

/**
 * Runs the functions of a kernel that are named, each by as many threads as there are scratches; or, where work is so small that
 * threads take longer to start, by none but the own one, which hands the event loop back after a command.
 */
export function kernelTeam(
  module: WebAssembly.Module,
  { memory, plan, scratches }: KernelMemory,
  isSmall: boolean,
): ThreadTeam {
  const [scratch = 0] = scratches;
  return isSmall && scratches.length === 1
    ? ownThread(module, memory, plan, scratch)
    : startTeam(
        KERNEL_THREAD,
        scratches.map((scratch, thread) => ({ module, memory, plan, thread, scratch })),
      );
}

function ownThread(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  plan: number,
  scratch: number,
): ThreadTeam {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const commands = exports as Readonly<
    Record<string, (plan: number, thread: number, scratch: number) => void>
  >;
  return {
    async run(command) {
      commands[command]!(plan, 0, scratch);
      await nextTurn();
    },
    close: () => Promise.resolve(),
  };
}

/** A thread starts from text, as a bundled function has no file to start a thread from. A command is the name of a function of the kernel. */
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
 * @param source JavaScript of a thread, which answers each message by one message
 * @param data one `workerData` a thread
 */
export function startTeam(source: string, data: readonly unknown[]): ThreadTeam {
  const workers = data.map((workerData) => new Worker(source, { eval: true, workerData }));
  let waiting: { readonly resolve: () => void; readonly reject: (error: Error) => void } | null = null;
  let answers = 0;
  let failure: Error | null = null;
  const fail = (reason: string, cause?: unknown) => {
    failure ??= new PlatformError('kernel_thread', `a thread of a kernel ended: ${reason}; try again`, {
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
