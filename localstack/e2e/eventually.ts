import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 100;

/** The first value that `probe` gives other than undefined; fails when the deadline passes. */
export async function eventually<T>(
  what: string,
  withinMs: number,
  probe: () => Promise<T | undefined>,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (Date.now() > deadline) throw new Error(`${what} did not happen within ${withinMs} ms`);
    await sleep(POLL_MS);
  }
}
