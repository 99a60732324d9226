/** The parts of a serverless instance that the plugin reads and changes. */
export interface ServerlessInstance {
  readonly serviceDir: string;
  readonly service: {
    readonly service: string;
    readonly provider: { environment?: Record<string, string> };
    custom?: Record<string, unknown>;
    getAllFunctions(): string[];
    getFunction(functionKey: string): FunctionDefinition;
  };
}

export interface FunctionDefinition {
  readonly handler?: string;
  readonly reservedConcurrency?: number;
  readonly events?: readonly { readonly kafka?: KafkaEvent }[];
}

/** A `kafka` event of serverless.yml: osls's own keys and those that `index.mjs` adds. */
export interface KafkaEvent {
  readonly topic: string;
  readonly enabled?: boolean;
  readonly bootstrapServers?: readonly string[];
  readonly consumerGroupId?: string;
  readonly batchSize?: number;
  /** Seconds. */
  readonly maximumBatchingWindow?: number;
  readonly startingPosition?: 'TRIM_HORIZON' | 'LATEST' | 'AT_TIMESTAMP';
  /** Seconds since 1970-01-01 UTC. */
  readonly startingPositionTimestamp?: number;
  readonly onFailureDestination?: string;
  readonly filterPatterns?: readonly unknown[];
  readonly maximumRetryAttempts?: number;
  readonly functionResponseTypes?: readonly string[];
}

/** What osls hands to a plugin for its output. */
export interface PluginLog {
  error(...parts: unknown[]): void;
  warning(...parts: unknown[]): void;
  notice(...parts: unknown[]): void;
  info(...parts: unknown[]): void;
  verbose(...parts: unknown[]): void;
  debug(...parts: unknown[]): void;
}
