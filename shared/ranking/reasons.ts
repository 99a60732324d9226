import type { FoldedUser } from '../als/index.ts';
import { DAY_MS } from '../domain/index.ts';
import { type OwnProduct, personalScore, usualGap } from './history.ts';
import type { Popularity } from './popularity.ts';
import type { CustomerSignals } from './ranker.ts';
import type { Weights } from './settings.ts';

export type Source = 'personal' | 'popular' | 'als';

export interface Explanation {
  /** The signal that adds most to the score. */
  readonly source: Source;
  /** Worked out when it is asked for: naming the cause of a prediction costs a solve. */
  readonly reasonOf: () => string;
}

export interface ExplainedPosition {
  readonly signals: CustomerSignals;
  readonly position: number;
  readonly weights: Weights;
  readonly customer: FoldedUser | null;
  readonly popularity: Popularity;
  readonly now: number;
  readonly nameOf: ((product: number) => string | undefined) | undefined;
}

export function explain({
  signals,
  position,
  weights,
  customer,
  popularity,
  now,
  nameOf,
}: ExplainedPosition): Explanation {
  const product = signals.products[position]!;
  const own = signals.own.get(position);
  const personal = own === undefined ? 0 : personalScore(own, weights);
  const popular = weights.popularity * signals.popularity[position]!;
  const als = weights.als * signals.als[position]!;
  if (own !== undefined && personal >= Math.max(popular, als))
    return { source: 'personal', reasonOf: () => personalReason(own, now) };
  if (als > popular) return { source: 'als', reasonOf: () => alsReason(customer, product, nameOf) };
  return { source: 'popular', reasonOf: () => popularReason(popularity, product) };
}

export function popularReason({ days, recent, overall }: Popularity, product: number): string {
  const orders = recent.get(product) ?? 0;
  if (orders > 0) return `popular in the last ${plural(days, 'day')}: ${plural(orders, 'order')}`;
  return `popular over all time: ${plural(overall.get(product) ?? 0, 'order')}`;
}

function personalReason(own: OwnProduct, now: number): string {
  const last = daysAgo(now - own.lastAt);
  const gap = usualGap(own);
  if (gap !== null && gap >= DAY_MS)
    return `you buy it about every ${plural(Math.round(gap / DAY_MS), 'day')}, last ${last}`;
  return own.baskets === 1 ? `you bought it ${last}` : `you bought it ${own.baskets} times, last ${last}`;
}

/** Names the product of the history that adds most to the prediction. */
function alsReason(
  customer: FoldedUser | null,
  product: number,
  nameOf: ExplainedPosition['nameOf'],
): string {
  let cause: { item: number; amount: number } | null = null;
  for (const one of customer?.contributionsTo(product) ?? []) {
    if (one.item !== product && (cause === null || one.amount > cause.amount)) cause = one;
  }
  const name = cause === null ? undefined : nameOf?.(cause.item);
  return name === undefined ? 'customers with a history like yours buy it' : `like what you bought: ${name}`;
}

function daysAgo(age: number): string {
  const days = Math.floor(Math.max(0, age) / DAY_MS);
  return days === 0 ? 'today' : `${plural(days, 'day')} ago`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
