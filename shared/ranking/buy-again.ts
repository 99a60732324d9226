import { usualGap } from './history.ts';
import type { CustomerSignals } from './ranker.ts';

/** Past this multiple of the usual gap a product looks given up rather than due. */
const GIVEN_UP = 3;

/**
 * How due each product of the customer's own is, 0 for all others: its rate, times how much of its usual gap has passed
 * (at most 1), falling again once several gaps have passed without it. A product bought once has no gap yet; it takes the
 * customer's middle gap, or counts as half due where there is none.
 */
export function buyAgainScores(signals: CustomerSignals, now: number): Float64Array {
  const gaps = [...signals.own.values()].map(usualGap).filter((gap) => gap !== null);
  const middle = gaps.sort((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? null;
  const scores = new Float64Array(signals.products.length);
  for (const [position, own] of signals.own)
    scores[position] = own.rate * dueness(now - own.lastAt, usualGap(own) ?? middle);
  return scores;
}

function dueness(since: number, gap: number | null): number {
  if (gap === null) return 0.5;
  const gaps = Math.max(0, since) / gap;
  return Math.min(1, gaps) * Math.min(1, GIVEN_UP / gaps || 1);
}
