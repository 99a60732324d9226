/**
 * Longer than Debezium waits before it tries again by itself (`retriable.restart.connector.wait.ms`, 10 s), and than a task
 * of an exactly-once worker takes to end the transaction of a killed one.
 */
const FIRST_PATIENCE_MS = 30_000;
const LAST_PATIENCE_MS = 240_000;

/**
 * Decides when a connector that says RUNNING, while nobody reads its slot, is to be restarted: Connect keeps showing the
 * state of a task that died with its worker, and starts no task of which it believes that it runs.
 */
export class UnreadSlot {
  #since: number | null = null;
  #patienceMs = FIRST_PATIENCE_MS;

  /** @param now milliseconds of any clock that only goes forward */
  observe(isRead: boolean, now: number): 'fine' | 'wait' | 'restart' {
    if (isRead) {
      this.#since = null;
      this.#patienceMs = FIRST_PATIENCE_MS;
      return 'fine';
    }
    this.#since ??= now;
    if (now - this.#since < this.#patienceMs) return 'wait';
    this.#since = now;
    this.#patienceMs = Math.min(this.#patienceMs * 2, LAST_PATIENCE_MS);
    return 'restart';
  }
}
