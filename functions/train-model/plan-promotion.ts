import type { Metrics, ModelVersion } from '../../shared/control/index.ts';

/**
 * Two models are measured on different fortnights, whose difficulty differs by a few per cent; a newer model may fall short of
 * the live one's figure by so much without being worse.
 */
const TOLERATED_SHARE = 0.95;

export type PromotionPlan = { readonly promote: boolean; readonly reason: string };

/** A model goes live when it beats popularity on its validation window and is not worse than the live model on its own. */
export function planPromotion(
  candidate: Pick<ModelVersion, 'metrics' | 'baselines'>,
  live: Metrics | null,
): PromotionPlan {
  const own = candidate.metrics.ndcgAt10 ?? 0;
  const popularity = candidate.baselines.popularity?.ndcgAt10 ?? 0;
  const customers = candidate.metrics.validationCustomers ?? 0;
  if (customers === 0)
    return { promote: false, reason: 'no customer of the history bought in the validation window' };
  const figures = `NDCG@10 ${text(own)} over ${customers} customers`;
  if (own <= popularity)
    return { promote: false, reason: `${figures} does not beat popularity (${text(popularity)})` };
  const liveNdcg = live?.ndcgAt10 ?? 0;
  if (own < liveNdcg * TOLERATED_SHARE) {
    return { promote: false, reason: `${figures} is worse than the live model (${text(liveNdcg)})` };
  }
  return {
    promote: true,
    reason: `${figures} beats popularity (${text(popularity)})${live === null ? '' : ` and holds against the live model (${text(liveNdcg)})`}`,
  };
}

function text(ndcg: number): string {
  return ndcg.toFixed(3);
}
