import type { Metrics, ModelVersion } from '../../shared/control/index.ts';

export type PromotionPlan = { readonly promote: boolean; readonly reason: string };

/** What a training measured on its own validation window. */
export type MeasuredModel = Pick<ModelVersion, 'metrics' | 'baselines'>;

/** What every model must beat beyond noise. */
const FLOOR = 'popularity';
/** The strongest of what needs no training: how far above it a model is says how good it is, however hard its fortnight was. */
const YARDSTICK = 'personal frequency';

/**
 * A model goes live when it
 * - beats popularity beyond noise: the 95 % interval of its lead is above 0,
 * - is worse than no other baseline beyond noise. Those it need not beat: where customers only repeat, nothing can be better,
 * - and is not worse than the live model beyond noise. Both were measured on windows of their own, so it is their leads over the
 *   same baseline that are compared.
 */
export function planPromotion(candidate: MeasuredModel, live: MeasuredModel | null): PromotionPlan {
  const customers = candidate.metrics.validationCustomers ?? 0;
  if (customers === 0) return refused('no customer of the history bought in the validation window');
  const figures = `NDCG@10 ${text(ndcgOf(candidate.metrics))} over ${customers} customers`;
  const floor = candidate.baselines[FLOOR];
  if (floor === undefined) return refused(`${figures} was not compared with ${FLOOR}`);
  if (!isAbove(candidate.metrics, floor))
    return refused(`${figures} does not beat ${FLOOR} beyond noise (${againstText(floor)})`);
  for (const [name, baseline] of Object.entries(candidate.baselines)) {
    if (isBelow(baseline)) return refused(`${figures} is worse than ${name} (${againstText(baseline)})`);
  }
  const beats = `${figures} beats ${FLOOR} (${againstText(floor)})`;
  if (live === null) return { promote: true, reason: beats };
  const liveText = `the live model (${text(ndcgOf(live.metrics))})`;
  return isWorse(candidate, live)
    ? refused(`${figures} is worse than ${liveText}`)
    : { promote: true, reason: `${beats} and holds against ${liveText}` };
}

function refused(reason: string): PromotionPlan {
  return { promote: false, reason };
}

interface Lead {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** null: the version was registered by a training that did not measure intervals. */
function leadOf(baseline: Metrics | undefined): Lead | null {
  const { leadAt10: mean, leadAt10Low: low, leadAt10High: high } = baseline ?? {};
  return mean === undefined || low === undefined || high === undefined ? null : { mean, low, high };
}

function isAbove(own: Metrics, baseline: Metrics): boolean {
  const lead = leadOf(baseline);
  return lead === null ? ndcgOf(own) > ndcgOf(baseline) : lead.low > 0;
}

function isBelow(baseline: Metrics): boolean {
  const lead = leadOf(baseline);
  return lead !== null && lead.high < 0;
}

/** Where intervals are missing: windows differ by a few per cent in how hard they are. */
const TOLERATED_SHARE = 0.95;

/** The difference of two independent estimates is as uncertain as the root of the sum of the squares of their intervals. */
function isWorse(candidate: MeasuredModel, live: MeasuredModel): boolean {
  const [own, other] = [leadOf(candidate.baselines[YARDSTICK]), leadOf(live.baselines[YARDSTICK])];
  if (own === null || other === null)
    return ndcgOf(candidate.metrics) < TOLERATED_SHARE * ndcgOf(live.metrics);
  const noise = Math.hypot((own.high - own.low) / 2, (other.high - other.low) / 2);
  return own.mean - other.mean < -noise;
}

function againstText(baseline: Metrics): string {
  const lead = leadOf(baseline);
  const own = text(ndcgOf(baseline));
  return lead === null
    ? own
    : `${own}, lead ${text(lead.mean)}, 95 % from ${text(lead.low)} to ${text(lead.high)}`;
}

function ndcgOf(metrics: Metrics): number {
  return metrics.ndcgAt10 ?? 0;
}

function text(ndcg: number): string {
  return ndcg.toFixed(3);
}
