// The parts of serverless-offline 14 that the plugin uses; the package ships no types.
declare module 'serverless-offline' {
  type Write = (...parts: unknown[]) => void;
  type Level = 'error' | 'warning' | 'notice' | 'info' | 'verbose' | 'debug';
  export default class ServerlessOffline {
    /** Also makes `utils.log` the log of the whole package, the Lambda pool included. */
    constructor(serverless: unknown, cliOptions: unknown, utils: { log: Record<Level, Write> });
  }
}

declare module 'serverless-offline/lambda' {
  export interface LambdaFunction {
    setEvent(event: unknown): void;
    runHandler(): Promise<unknown>;
    cleanup(): Promise<void>;
  }
  export default class Lambda {
    constructor(serverless: unknown, options: Readonly<Record<string, unknown>>);
    create(functions: readonly { functionKey: string; functionDefinition: unknown }[]): void;
    get(functionKey: string): LambdaFunction;
    cleanup(): Promise<void>;
  }
}
