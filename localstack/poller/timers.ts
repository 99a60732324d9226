import { type EpochMillis, epochMillis } from '../../shared/domain/index.ts';

/** Time as the poller uses it. */
export interface Timers {
  now(): EpochMillis;
  /** Resolves after `ms` milliseconds (null: never by itself) or when `wake` fires; does not reject. */
  sleep(ms: number | null, wake: AbortSignal): Promise<void>;
}

export const systemTimers: Timers = {
  now: () => epochMillis(Date.now()),
  sleep: (ms, wake) =>
    new Promise((resolve) => {
      if (wake.aborted) return resolve();
      const timer = ms === null ? undefined : setTimeout(finish, Math.max(0, ms));
      function finish(): void {
        clearTimeout(timer);
        wake.removeEventListener('abort', finish);
        resolve();
      }
      wake.addEventListener('abort', finish);
    }),
};
