import { spawn } from 'node:child_process';
import { mkdirSync, openSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { messageOf, PlatformError } from '../../shared/errors.ts';
import { childEnvironment, loadConfig, type Overrides } from '../../shared/runtime/config.ts';
import type { ProgressEvent } from '../services/progress.ts';
import { parseCommand, runCommand } from './arguments.ts';
import { progressPrinter } from './terminal.ts';

/** Longest time that the platform may take to stop before it is killed, in milliseconds. */
const STOP_WITHIN_MS = 15_000;

/** Of the main thread; the plugin sizes the others. */
const HEAP_FLAGS = ['--max-old-space-size=512'];

await runCommand(async () => {
  const { values } = parseCommand({
    usage: 'npm start -- [--orders FILE.csv[.gz]] [--shift-to-now] [--size default|small] [--port N]',
    options: {
      orders: {
        type: 'string',
        description: 'a real order history (order-line CSV) instead of the generated shop',
      },
      'shift-to-now': { type: 'boolean', description: 'move that history so that its last order is now' },
      size: { type: 'string', description: 'size of the generated shop: default or small' },
      port: { type: 'string', description: 'port of API and dashboard (3000)' },
    },
  });
  const overrides: Overrides = {
    ...(values.orders === undefined ? {} : { SHOP_ORDERS: values.orders }),
    ...(values['shift-to-now'] === true ? { SHOP_SHIFT_TO_NOW: 'true' } : {}),
    ...(values.size === undefined ? {} : { SHOP_SIZE: values.size }),
    ...(values.port === undefined ? {} : { PORT: values.port }),
  };
  const config = loadConfig(overrides);
  process.exitCode = await runPlatform(resolve(config.dataDir, 'platform.log'), overrides);
});

/**
 * Runs `sls offline start` with its output in a file, draws its progress, and passes every signal on once. Should this
 * process be killed, the platform stops by itself: the channel between them is then closed.
 */
function runPlatform(logFile: string, overrides: Overrides): Promise<number> {
  const log = openLog(logFile);
  const serverless = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');
  // A process group of its own: a terminal's Ctrl-C reaches this process alone, which asks the platform to stop.
  const child = spawn(process.execPath, [...HEAP_FLAGS, serverless, 'offline', 'start'], {
    stdio: ['ignore', log, log, 'ipc'],
    detached: true,
    // glibc keeps an arena per thread, each with freed memory that no other thread uses.
    env: { ...childEnvironment(overrides), MALLOC_ARENA_MAX: '2' },
  });
  const print = progressPrinter({
    isTty: process.stdout.isTTY === true,
    write: (text) => process.stdout.write(text),
    columns: () => process.stdout.columns,
  });
  process.stdout.write(`\n  starting · log ${logFile}\n`);
  print({ type: 'stage-started', stage: 'functions' });
  let failed = false;
  let stopping = false;
  child.on('message', (message) => {
    const event = (message as { progress?: ProgressEvent }).progress;
    // What is cut off by Ctrl-C did not fail.
    if (event === undefined || stopping) return;
    failed ||= event.type === 'failed';
    print(event);
  });
  const stop = () => {
    if (stopping) return;
    stopping = true;
    process.stdout.write('\n  stopping …\n');
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS).unref();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  return new Promise((settle) => {
    child.once('exit', (code, signal) => {
      if (stopping) {
        process.stdout.write('  stopped; the state is kept for the next start\n');
        settle(failed ? 1 : 0);
        return;
      }
      if (!failed) {
        const message = `the platform ended by itself (${signal ?? `code ${code}`}) · its log says why: ${logFile}`;
        print({ type: 'failed', message });
      }
      settle(code === 0 && !failed ? 0 : 1);
    });
  });
}

/** @throws PlatformError `data_folder_not_writable` */
function openLog(path: string): number {
  try {
    mkdirSync(dirname(path), { recursive: true });
    return openSync(path, 'a');
  } catch (cause) {
    throw new PlatformError(
      'data_folder_not_writable',
      `${dirname(path)} cannot be written (${messageOf(cause)}) · set DATA_DIR to a folder that can be`,
      { cause },
    );
  }
}
