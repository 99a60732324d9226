import { positionOf } from '../als/index.ts';
import { DAY_MS } from '../domain/index.ts';
import { popularityOf } from '../ranking/index.ts';
import type { Method } from './measure.ts';
import type { TemporalSplit } from './temporal-split.ts';

export interface DecayedCountParameters {
  readonly halfLifeDays: number;
  /** Weight of the share of recent orders that held the product, beside the count of the customer's own. */
  readonly popularityWeight: number;
  readonly popularityDays: number;
}

export const DECAYED_COUNT_CHOICES: readonly DecayedCountParameters[] = [60, 180].flatMap((halfLifeDays) =>
  [14, 28].flatMap((popularityDays) =>
    [1, 5, 20].map((popularityWeight) => ({ halfLifeDays, popularityDays, popularityWeight })),
  ),
);

/**
 * The simplest that is good: in how many of the customer's baskets a product was, each halved with every half-life that has gone
 * by, plus how often everybody bought it lately.
 */
export function decayedCount(
  split: TemporalSplit,
  catalogue: Int32Array,
  ties: Float64Array,
  { halfLifeDays, popularityWeight, popularityDays }: DecayedCountParameters,
): Method {
  const { recent, baskets } = popularityOf(split.before, split.cut, popularityDays);
  const common = Float64Array.from(
    catalogue,
    (product) => (popularityWeight * (recent.get(product) ?? 0)) / Math.max(1, baskets),
  );
  return {
    name: 'decayed count + popularity',
    ties,
    score: ({ history }) => {
      const scores = common.slice();
      const seen = new Set<string>();
      for (const { basket, product, at } of history) {
        if (seen.has(`${basket} ${product}`)) continue;
        seen.add(`${basket} ${product}`);
        scores[positionOf(catalogue, product)]! += 0.5 ** ((split.cut - at) / (halfLifeDays * DAY_MS));
      }
      return { any: scores, novel: scores };
    },
  };
}
