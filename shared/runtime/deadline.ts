/** Time kept back before the function's timeout, to interrupt native work and answer. */
const RESERVE_MS = 1_000;

/**
 * Aborts shortly before the function's own timeout, because native work (a query) outlives the timeout otherwise.
 * The timer does not keep the process alive.
 */
export function deadlineSignal(context: { getRemainingTimeInMillis(): number }): AbortSignal {
  return AbortSignal.timeout(Math.max(1, context.getRemainingTimeInMillis() - RESERVE_MS));
}
