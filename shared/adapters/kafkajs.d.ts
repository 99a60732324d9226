// The part behind the interface of kafkajs 2.2.4 that `kafka-event-log-client.ts` mends; the package ships no types for it.
declare module 'kafkajs/src/network/requestQueue/index.js' {
  interface Request {
    readonly entry: { readonly correlationId: number; readonly resolve: () => void };
    readonly expectResponse: boolean;
    readonly sendRequest: () => void;
  }

  /** What one connection has asked and has to ask. */
  export default class RequestQueue {
    constructor(options: {
      readonly maxInFlightRequests: number;
      readonly requestTimeout: number;
      readonly logger: { debug(): void };
    });
    readonly pending: readonly unknown[];
    readonly throttleCheckTimeoutId: NodeJS.Timeout | null;
    push(request: Request): void;
    maybeThrottle(ms: number): void;
    fulfillRequest(response: { readonly correlationId: number }): void;
    scheduleCheckPendingRequests(): void;
    destroy(): void;
  }
}
