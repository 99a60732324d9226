import { messageOf, PlatformError } from '../../shared/errors.ts';
import type { EventSourceMapping } from '../poller/index.ts';
import { buildFunctions } from './build-functions.ts';
import { type FunctionPool, openFunctionPool } from './function-pool.ts';
import { planMappings } from './plan-mappings.ts';
import type { Platform, StartPlatform } from './platform.ts';
import type { PluginLog, ServerlessInstance } from './serverless-service.ts';
import { startMappings } from './start-mappings.ts';
import { limitThreadHeaps } from './thread-heaps.ts';

export interface OfflineSessionOptions {
  readonly serverless: ServerlessInstance;
  readonly cliOptions: Readonly<Record<string, unknown>>;
  readonly log: PluginLog;
  readonly startPlatform: StartPlatform;
}

/** One run of `serverless offline start`, from its first hook to its last. */
export class OfflineSession {
  readonly #options: OfflineSessionOptions;
  readonly #stopping = new AbortController();
  #starting: Promise<Platform> | null = null;
  #isReady = false;
  #pool: FunctionPool | null = null;
  #planned: ReturnType<typeof planMappings> = [];
  #mappings: EventSourceMapping[] = [];
  #startingMappings: Promise<void> | null = null;

  constructor(options: OfflineSessionOptions) {
    this.#options = options;
  }

  /** Builds the functions and starts what stands behind them; serverless-offline reads its options and ours after this. */
  async init(): Promise<void> {
    const { serverless, log, startPlatform } = this.#options;
    this.#planned = planMappings(serverless);
    limitThreadHeaps();
    for (const signal of STOP_SIGNALS) process.on(signal, this.#onSignal);
    process.once('disconnect', this.#onDisconnect);
    process.on('unhandledRejection', this.#onStrayRejection);
    try {
      await buildFunctions(serverless.serviceDir);
      this.#starting = startPlatform({
        cwd: serverless.serviceDir,
        log: (line) => log.notice(line),
        signal: this.#stopping.signal,
      });
      this.#applyEnvironment((await this.#starting).env);
    } catch (error) {
      // osls says why and waits for an idle process, which listening for a disconnect would keep from ever coming.
      await this.end();
      throw error;
    }
    log.notice(`event source mappings: ${this.#planned.length}`);
  }

  /** Starts the mappings and leaves the platform's own work in the background. */
  async ready(): Promise<void> {
    const { serverless, cliOptions, log } = this.#options;
    const platform = await this.#starting;
    if (platform === null) return;
    this.#pool = openFunctionPool(serverless, this.#poolOptions(cliOptions), log);
    this.#startingMappings = this.#startMappings(platform, this.#pool);
    await this.#startingMappings;
    this.#isReady = true;
    const { invoke } = this.#pool;
    const mappings = this.#mappings.map(({ settings, metrics }) => ({ ...settings, metrics }));
    platform
      .afterReady({ invoke, mappings })
      .catch((error: unknown) => log.error(`after the start: ${describe(error)}`));
  }

  /** Commits what is done, ends the functions, stops the platform. */
  async end(): Promise<void> {
    const { log } = this.#options;
    const steps: readonly (readonly [name: string, step: () => Promise<unknown>])[] = [
      [
        'mappings',
        async () => {
          // A mapping that came after the others had stopped would go on reading a closed log.
          await this.#startingMappings?.catch(() => undefined);
          await this.#stopMappings();
        },
      ],
      ['functions', async () => this.#pool?.close()],
      // An invocation that was cut off has failed by now, and its mapping is done with the log before that is closed.
      ['mappings', () => this.#stopMappings()],
      // A start that failed has undone its work, and `init` has rejected with its reason.
      ['platform', async () => (await this.#starting?.catch(() => null))?.stop()],
    ];
    for (const [name, step] of steps) {
      try {
        await step();
      } catch (error) {
        log.error(`stopping the ${name}: ${describe(error)}`);
      }
    }
    process.off('unhandledRejection', this.#onStrayRejection);
    process.off('disconnect', this.#onDisconnect);
    for (const signal of STOP_SIGNALS) process.off(signal, this.#onSignal);
  }

  #stopMappings(): Promise<void> {
    return within(STOP_WITHIN_MS, Promise.all(this.#mappings.map((mapping) => mapping.stop())));
  }

  async #startMappings(platform: Platform, pool: FunctionPool): Promise<void> {
    const { log } = this.#options;
    await startMappings(this.#planned, {
      log: platform.eventLog,
      invokerOf:
        ({ settings }) =>
        (event) =>
          pool.invoke(settings.functionName, event),
      onProblem: (message, fields) => log.error(`${message} ${JSON.stringify(fields)}`),
      signal: this.#stopping.signal,
      onStarted: (mapping) => this.#mappings.push(mapping),
      ...(platform.destinations && { destinations: platform.destinations }),
    });
  }

  #applyEnvironment(env: Readonly<Record<string, string>>): void {
    const { service } = this.#options.serverless;
    service.provider.environment = { ...service.provider.environment, ...env };
    service.custom ??= {};
    service.custom['serverless-offline'] = {
      ...offlineOptions(service.custom),
      ...(env.PORT !== undefined && { httpPort: Number(env.PORT) }),
      ...(env.LAMBDA_PORT !== undefined && { lambdaPort: Number(env.LAMBDA_PORT) }),
    };
  }

  /** Merged as serverless-offline merges its own; without the idle time its pool would loop without a pause. */
  #poolOptions(cliOptions: Readonly<Record<string, unknown>>): Record<string, unknown> {
    const custom = offlineOptions(this.#options.serverless.service.custom);
    return { terminateIdleLambdaTime: 60, ...custom, ...cliOptions };
  }

  /**
   * serverless-offline listens for SIGINT and SIGTERM only once it is ready, and never for SIGHUP: before that osls would
   * end the process at once, and leave running what the platform has started.
   */
  readonly #onSignal = (signal: NodeJS.Signals): void => {
    if (this.#isReady) {
      if (signal === 'SIGHUP') process.kill(process.pid, 'SIGTERM');
      return;
    }
    this.#options.log.notice(`${signal} during the start: stopping`);
    this.#stopping.abort(new PlatformError('start_interrupted', `${signal} during the start`));
    void this.end().finally(() => process.exit(1));
  };

  /** Whoever started this process with a channel to it, as `npm start` does, is gone: nobody is left to press Ctrl-C. */
  readonly #onDisconnect = (): void => {
    this.#options.log.notice('the process that started this one has ended: stopping');
    process.kill(process.pid, 'SIGTERM');
  };

  readonly #onStrayRejection = (error: unknown): void => {
    this.#options.log.error(`a promise was rejected and nobody listened: ${describe(error)}`);
  };
}

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What an invocation gets to finish after Ctrl-C; one that takes longer is delivered again after the next start. */
const STOP_WITHIN_MS = 3000;

function offlineOptions(custom: Record<string, unknown> | undefined): Record<string, unknown> {
  return (custom?.['serverless-offline'] ?? {}) as Record<string, unknown>;
}

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, deadline]).finally(() => clearTimeout(timer));
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : messageOf(error);
}
