import type { JsonValue } from './control-table.ts';

/**
 * Runs another function of the platform and answers what it returned (null where it returned nothing).
 * @throws function_failed where the function itself threw, function_throttled, function_unreachable (all three
 *   retryable), function_not_found, invocation_refused
 */
export type InvokeFunction = (name: string, payload: JsonValue) => Promise<JsonValue>;
