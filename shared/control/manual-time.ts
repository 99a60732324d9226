import { epochMillis } from '../domain/index.ts';
import type { LeaseTime } from './hold-lease.ts';

export interface ManualTime extends LeaseTime {
  /** Moves the clock and ends every wait that could be aborted: one round of lease renewal. */
  tick(ms: number): void;
  /** The waits that could not be aborted; they end at once and move the clock. */
  readonly waited: readonly number[];
}

/** Time for tests: it moves only where a test or a wait moves it. */
export function manualTime(startMs: number): ManualTime {
  let now = startMs;
  const waited: number[] = [];
  const rounds = new Set<() => void>();
  return {
    now: () => epochMillis(now),
    waited,
    wait: async (ms, signal) => {
      if (signal === undefined) {
        waited.push(ms);
        now += ms;
        return;
      }
      signal.throwIfAborted();
      await new Promise<void>((resolve, reject) => {
        rounds.add(resolve);
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
    },
    tick: (ms) => {
      now += ms;
      for (const end of rounds) end();
      rounds.clear();
    },
  };
}
