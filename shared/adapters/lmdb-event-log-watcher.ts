import type { LogStore } from './lmdb-event-log-store.ts';

/** Wakes those who wait for the log to grow. */
export interface HeadWatcher {
  /** Resolves when the head is another than `seen` (its sequence), or when `abort` fires or the watcher closes. */
  changed(seen: number, abort: AbortSignal): Promise<void>;
  /** Looks at once; called after an append of this thread. */
  check(): void;
  close(): void;
}

/**
 * One timer for all waiters of a log, running only while somebody waits. LMDB has no notification between processes, and
 * one look costs a few microseconds: the head's bytes are compared, not parsed.
 */
export function watchHead(store: LogStore, pollIntervalMs: number): HeadWatcher {
  const waiters = new Set<() => void>();
  let timer: NodeJS.Timeout | null = null;
  let seenBytes: Buffer | null = null;

  const release = (): void => {
    if (timer !== null) clearInterval(timer);
    timer = null;
    seenBytes = null;
    for (const wake of [...waiters]) wake();
  };
  const check = (): void => {
    if (seenBytes === null) return;
    store.root.resetReadTxn();
    if (!store.headBytes().equals(seenBytes)) release();
  };

  return {
    check,
    close: release,
    changed: async (seen, abort) => {
      store.root.resetReadTxn();
      const bytes = store.headBytes();
      if (abort.aborted || store.head().sequence !== seen) return;
      seenBytes ??= bytes;
      timer ??= setInterval(check, pollIntervalMs);
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          waiters.delete(wake);
          abort.removeEventListener('abort', wake);
          resolve();
          if (waiters.size === 0) release();
        };
        waiters.add(wake);
        abort.addEventListener('abort', wake);
      });
    },
  };
}
