import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { PlatformError } from '../../shared/errors.ts';
import { parseConfig } from '../../shared/runtime/config.ts';
import type { DeployedStage } from './deployed-stage.ts';
import type { LocalDeployment } from './plan-local-deployment.ts';
import { emulatorEnvironment } from './serverless-command.ts';

/** What `npm run poll` says once every mapping reads its topic. */
const READY = /^ready: \d+ event source mappings$/;

export interface PollerProcess {
  readonly logFile: string;
  /** Until the signal. @throws PlatformError `poller_ended` where it ends before that */
  ended(signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

/** `npm run poll` for a deployed stage, as a process of its own: it ends with this one, and goes on where this one is killed. */
export async function startPoller(
  deployment: LocalDeployment,
  { settings }: DeployedStage,
  cwd: string,
): Promise<PollerProcess> {
  const { dataDir } = parseConfig(deployment.settings, cwd);
  const logFile = resolve(dataDir, 'deployed', `${deployment.stage}.poll.log`);
  mkdirSync(dirname(logFile), { recursive: true });
  const log = createWriteStream(logFile);
  const poll = resolve(import.meta.dirname, '../cli/poll.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', poll, '--stage', deployment.stage], {
    cwd,
    env: { ...emulatorEnvironment({ ...deployment, settings: { ...deployment.settings, ...settings } }) },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A terminal's Ctrl-C reaches this process alone, which ends the poller when its own work is done.
    detached: true,
  });
  // The second Ctrl-C ends this process at once.
  const endWithUs = () => child.kill('SIGTERM');
  process.once('exit', endWithUs);
  child.once('close', () => process.off('exit', endWithUs));
  child.stderr.pipe(log, { end: false });
  const exited = new Promise<number | null>((done) => child.once('close', done));
  const ready = new Promise<void>((done) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      log.write(`${line}\n`);
      if (READY.test(line)) done();
    });
  });
  const endedEarly = exited.then((code) => {
    throw new PlatformError('poller_ended', `the poller ended with code ${code} · see ${logFile}`);
  });
  await Promise.race([ready, endedEarly]);
  return {
    logFile,
    ended: async (signal) => {
      if (!signal.aborted) await Promise.race([once(signal, 'abort'), endedEarly]);
    },
    stop: async () => {
      endedEarly.catch(() => undefined);
      child.kill('SIGTERM');
      await exited;
      log.end();
    },
  };
}
