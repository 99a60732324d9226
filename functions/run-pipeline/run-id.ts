import { runIdAt } from '../../shared/control/index.ts';
import { type EpochMillis, epochMillis } from '../../shared/domain/index.ts';

/**
 * The run id that an invocation stands for. EventBridge gives each firing of a schedule an id and a time, and repeats
 * both when it delivers again; any other event is a request of its own.
 * https://docs.aws.amazon.com/eventbridge/latest/ref/overview-event-structure.html
 */
export function runIdOfEvent(event: unknown, now: EpochMillis, newId: () => string): string {
  const { id, time } = (typeof event === 'object' && event !== null ? event : {}) as {
    id?: unknown;
    time?: unknown;
  };
  const firedAt = typeof time === 'string' ? Date.parse(time) : Number.NaN;
  if (typeof id === 'string' && id !== '' && Number.isInteger(firedAt)) {
    return runIdAt(epochMillis(firedAt), id);
  }
  return runIdAt(now, newId());
}
