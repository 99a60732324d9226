/** The parts of a serverless instance that the plugin reads and changes. */
export interface ServerlessInstance {
  readonly serviceDir: string;
  readonly service: {
    readonly service: string;
    readonly provider: {
      environment?: Record<string, string>;
      readonly stage?: string;
      readonly region?: string;
      /** Seconds, of functions that name none. */
      readonly timeout?: number;
    };
    custom?: Record<string, unknown>;
    getAllFunctions(): string[];
    getFunction(functionKey: string): FunctionDefinition;
  };
}

export interface FunctionDefinition {
  readonly handler?: string;
  /** As deployed; `<service>-<stage>-<key>` where it is not given. */
  readonly name?: string;
  /** Seconds. */
  readonly timeout?: number;
  readonly reservedConcurrency?: number;
  readonly events?: readonly { readonly kafka?: KafkaEvent; readonly msk?: MskEvent }[];
}

/** What `kafka` and `msk` events have in common: osls's own keys and those that `index.mjs` adds. */
export interface TopicEvent {
  readonly topic: string;
  readonly enabled?: boolean;
  readonly consumerGroupId?: string;
  readonly batchSize?: number;
  /** Seconds. */
  readonly maximumBatchingWindow?: number;
  readonly startingPosition?: 'TRIM_HORIZON' | 'LATEST' | 'AT_TIMESTAMP';
  /** Seconds since 1970-01-01 UTC. */
  readonly startingPositionTimestamp?: number;
  readonly onFailureDestination?: string;
  readonly filterPatterns?: readonly unknown[];
  readonly provisionedPollerConfig?: {
    readonly minimumPollers?: number;
    readonly maximumPollers?: number;
  };
  readonly maximumRetryAttempts?: number;
  readonly maximumRecordAgeInSeconds?: number;
  readonly bisectBatchOnFunctionError?: boolean;
  readonly functionResponseTypes?: readonly string[];
}

/** A self-managed cluster. */
export interface KafkaEvent extends TopicEvent {
  readonly bootstrapServers?: readonly string[];
}

/** A cluster of Amazon MSK. */
export interface MskEvent extends TopicEvent {
  /** Text, or a CloudFormation function that only a deployment resolves. */
  readonly arn: unknown;
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
