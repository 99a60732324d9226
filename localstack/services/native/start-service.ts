import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { messageOf, PlatformError } from '../../../shared/errors.ts';
import { childEnvironment } from '../../../shared/runtime/config.ts';
import type { ReportProgress } from '../progress.ts';
import { choosePorts, type PortRange } from './choose-ports.ts';
import { definitionOf } from './definitions.ts';
import { withFileLock } from './file-lock.ts';
import { createInstaller, installCache } from './installer.ts';
import { isRunning } from './process-identity.ts';
import type { RunningService, ServiceName } from './running-services.ts';
import { endServer, killServer, logTail, spawnServer } from './server-process.ts';
import type { Installer, PlanContext, ServerPlan, ServiceDefinition } from './service.ts';
import {
  logFileOf,
  publishRunning,
  readPorts,
  runningRecord,
  type ServerRecord,
  serviceFolder,
  writePorts,
  writeRecord,
} from './service-state.ts';
import { stopService } from './stop-service.ts';

export interface StartOptions {
  /** The server keeps its data, configuration and log in `<dataDir>/services/<name>`. */
  readonly dataDir: string;
  /** `apart` unless given. */
  readonly ports?: PortRange;
  /** Where downloads are kept; the user's cache folder unless given. */
  readonly cache?: string;
  readonly report?: ReportProgress;
}

export interface StartedService extends RunningService {
  readonly name: ServiceName;
  readonly pid: number;
  /** False where it ran already. */
  readonly startedNow: boolean;
  /** Ends it cleanly; its data stay. */
  stop(): Promise<void>;
  /** SIGKILL for it and its children; its data stay, and `startService` starts it again on the same port. */
  kill(): Promise<void>;
}

/**
 * Installs and starts a server and those that it needs, each a process that outlives this one, and waits until it
 * answers its protocol. One that runs already is left alone.
 * @throws PlatformError `program_missing`, `install_failed`, `server_does_not_start` with the end of its log
 */
export async function startService(name: ServiceName, options: StartOptions): Promise<StartedService> {
  const { dataDir, cache = installCache(), report = () => {} } = options;
  const definition = definitionOf(name);
  const services: Partial<Record<ServiceName, RunningService>> = {};
  for (const required of definition.requires) services[required] = await startService(required, options);
  const folder = serviceFolder(dataDir, name);
  const { record, startedNow } = await withFileLock(path.join(folder, 'lock'), START_WITHIN_MS, async () => {
    const before = runningRecord(folder);
    if (before !== null) {
      await untilReady(definition, before, folder);
      return { record: before, startedNow: false };
    }
    const context = await prepare(definition, folder, services, createInstaller(cache, report), options);
    const plan = await definition.plan(context);
    await writeConfiguration(plan, context, folder);
    return { record: await launch(definition, plan, context, folder), startedNow: true };
  });
  await publishRunning(dataDir);
  return {
    ...record.running,
    name,
    pid: record.process.pid,
    startedNow,
    stop: async () => void (await stopService(name, dataDir)),
    kill: () => killServer(record.process),
  };
}

const START_WITHIN_MS = 30 * 60_000;
const ASK_AGAIN_MS = 50;
/** On a loaded machine a Java server may end before it has opened its log. */
const LAUNCHES = 2;

async function prepare(
  definition: ServiceDefinition,
  folder: string,
  services: PlanContext['services'],
  installer: Installer,
  { ports: range = 'apart' }: StartOptions,
): Promise<PlanContext> {
  const installed = await definition.install(installer);
  const ports = await choosePorts(definition.ports, readPorts(folder), range);
  writePorts(folder, ports);
  const kept =
    definition.keeps !== undefined && (await exists(path.join(installed.folder, definition.keeps)));
  return { installed, folder, ports, services, kept, freshId: freshId() };
}

/** As Kafka makes its own: none begins with a hyphen, which a command line would take for an option. */
export function freshId(bytes: () => Buffer = () => randomBytes(16)): string {
  for (;;) {
    const id = bytes().toString('base64url');
    if (!id.startsWith('-')) return id;
  }
}

async function writeConfiguration(plan: ServerPlan, context: PlanContext, folder: string): Promise<void> {
  for (const name of plan.folders ?? []) await mkdir(path.join(folder, name), { recursive: true });
  for (const [name, content] of Object.entries(plan.files ?? {})) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), content, { mode: 0o600 });
  }
  const { first } = plan;
  if (first === undefined || (await exists(path.join(folder, first.unless)))) return;
  try {
    await promisify(execFile)(first.command, [...first.args], {
      cwd: folder,
      env: { ...childEnvironment({}), ...first.env },
    });
  } catch (cause) {
    throw new PlatformError(
      'first_start_failed',
      `${context.installed.program} cannot prepare ${folder}: ${messageOf(cause)}`,
      { cause },
    );
  }
}

async function launch(
  definition: ServiceDefinition,
  plan: ServerPlan,
  { installed }: PlanContext,
  folder: string,
): Promise<ServerRecord> {
  const { keeps } = plan;
  for (let launches = 1; ; launches++) {
    const record: ServerRecord = {
      process: await spawnServer(plan, folder, logFileOf(folder)),
      running: plan.running,
      ...(keeps && {
        keeps: { from: path.join(folder, keeps.file), to: path.join(installed.folder, keeps.as) },
      }),
    };
    writeRecord(folder, record);
    try {
      await untilReady(definition, record, folder);
      await definition.furnish?.(record.running);
      return record;
    } catch (error) {
      const endedByItself = !isRunning(record.process);
      await endServer(record.process, 'SIGKILL', 0);
      if (!endedByItself || launches === LAUNCHES) throw error;
    }
  }
}

/** @throws PlatformError `server_does_not_start` */
async function untilReady(
  { name, ready, readyWithinMs }: ServiceDefinition,
  { process: server, running }: ServerRecord,
  folder: string,
): Promise<void> {
  const deadline = performance.now() + readyWithinMs;
  for (;;) {
    let reason: unknown;
    try {
      return await ready(running);
    } catch (error) {
      reason = error;
    }
    const ended = !isRunning(server);
    if (ended || performance.now() > deadline) {
      const log = logFileOf(folder);
      const what = ended ? 'ended' : `does not answer at ${running.url} after ${readyWithinMs / 1_000} s`;
      throw new PlatformError(
        'server_does_not_start',
        `${name} ${what} (${messageOf(reason)}) · ${log} ends with:\n${logTail(log)}`,
        { cause: reason },
      );
    }
    await sleep(ASK_AGAIN_MS);
  }
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
