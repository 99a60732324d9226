import type { EventLog } from '../../shared/kafka/index.ts';
import type { DestinationPorts, MappingMetrics } from '../poller/index.ts';

/** What stands behind the functions on one machine: started before them, stopped after them. */
export interface Platform {
  /** The log that the event source mappings read. */
  readonly eventLog: EventLog;
  /** Needed where a mapping has an S3, SQS or SNS destination. */
  readonly destinations?: DestinationPorts;
  /**
   * Added to the environment of every function. `PORT` and `LAMBDA_PORT`, where they are in it, are also the ports of
   * serverless-offline's API and of its Lambda Invoke API.
   */
  readonly env: Readonly<Record<string, string>>;
  /** Called once the functions can be invoked; runs in the background, and a rejection is logged. */
  afterReady(host: FunctionHost): Promise<void>;
  /** Called after the last invocation. */
  stop(): Promise<void>;
}

export interface PlatformOptions {
  /** The folder of serverless.yml. */
  readonly cwd: string;
  readonly log: (line: string) => void;
  /** Aborts when the process is told to stop before the start is over: then `startPlatform` undoes its work and rejects. */
  readonly signal: AbortSignal;
}

/** What the platform module that `index.mjs` loads exports. */
export interface PlatformModule {
  readonly startPlatform: StartPlatform;
  /**
   * `Platform.env` of the platform that runs for this folder, given to functions of `serverless invoke local`. Rejects,
   * saying what to do, when none runs.
   */
  readonly runningEnvironment?: (cwd: string) => Promise<Readonly<Record<string, string>>>;
}

export type StartPlatform = (options: PlatformOptions) => Promise<Platform>;

/** The functions of serverless.yml, ready to be invoked. */
export interface FunctionHost {
  /** Rejects when the function fails, times out or does not exist. */
  invoke(functionName: string, payload: unknown): Promise<unknown>;
  readonly mappings: readonly RunningMapping[];
}

export interface RunningMapping {
  readonly functionName: string;
  readonly topic: string;
  readonly groupId: string;
  metrics(): Promise<MappingMetrics>;
}
