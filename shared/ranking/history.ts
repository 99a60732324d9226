import type { ItemRating } from '../als/index.ts';
import { DAY_MS } from '../domain/index.ts';
import type { Basket } from './baskets.ts';
import type { RankingSettings, Weights } from './settings.ts';

/** What a customer's own history says about one product. A product counts once per basket. */
export interface OwnProduct {
  readonly product: number;
  readonly baskets: number;
  readonly firstAt: number;
  readonly lastAt: number;
  /** Decayed baskets with the product over decayed baskets in all, from 0 to below 1. */
  readonly rate: number;
  /** 1 for a product of the last basket, halved every `recencyHalfLifeBaskets` baskets without it. */
  readonly recency: number;
  /** 0 for a product with a rhythm that was bought this moment, rising towards 1 as its next purchase comes near. */
  readonly readiness: number;
}

export interface CustomerProfile {
  readonly baskets: number;
  readonly products: ReadonlyMap<number, OwnProduct>;
}

export function profileOf(
  baskets: readonly Basket[],
  now: number,
  settings: RankingSettings,
): CustomerProfile {
  const decayed = baskets.map(({ at }) => halved(now - at, settings.rateHalfLifeDays * DAY_MS));
  const decayedBaskets = decayed.reduce((sum, weight) => sum + weight, settings.ratePriorBaskets);

  const products = new Map<number, { -readonly [Key in keyof OwnProduct]: OwnProduct[Key] }>();
  baskets.forEach(({ at, lines }, basketsSince) => {
    const rate = decayed[basketsSince]! / decayedBaskets;
    const recency = 0.5 ** (basketsSince / settings.recencyHalfLifeBaskets);
    for (const product of lines.keys()) {
      const later = products.get(product);
      if (later === undefined) {
        products.set(product, { product, baskets: 1, firstAt: at, lastAt: at, rate, recency, readiness: 1 });
      } else {
        later.baskets += 1;
        later.firstAt = at;
        later.rate += rate;
      }
    }
  });
  for (const own of products.values()) own.readiness = readinessOf(own, now, settings.restGaps);
  return { baskets: baskets.length, products };
}

/** What a customer's own history with a product adds to its score. */
export function personalScore({ rate, recency, readiness }: OwnProduct, weights: Weights): number {
  return readiness * (weights.rate * rate + weights.recency * recency);
}

/** Mean milliseconds between purchases; null for a product that was not bought at two times. */
export function usualGap({
  baskets,
  firstAt,
  lastAt,
}: Pick<OwnProduct, 'baskets' | 'firstAt' | 'lastAt'>): number | null {
  return baskets > 1 && lastAt > firstAt ? (lastAt - firstAt) / (baskets - 1) : null;
}

/**
 * The ratings that a history gives ALS, in training and in fold-in alike: log(1 + decayed baskets with the product),
 * by ascending product.
 */
export function interactionsOf(
  baskets: readonly Basket[],
  now: number,
  settings: RankingSettings,
): ItemRating[] {
  const decayed = new Map<number, number>();
  for (const basket of baskets) {
    const weight = halved(now - basket.at, settings.ratingHalfLifeDays * DAY_MS);
    for (const product of basket.lines.keys()) decayed.set(product, (decayed.get(product) ?? 0) + weight);
  }
  return [...decayed]
    .map(([item, count]) => ({ item, rating: Math.log1p(count) }))
    .sort((a, b) => a.item - b.item);
}

/** Without a rhythm nothing tells how long the product lasts, and it does not rest. */
function readinessOf(own: OwnProduct, now: number, restGaps: number): number {
  const gap = usualGap(own);
  return gap === null || restGaps === 0 ? 1 : 1 - halved(now - own.lastAt, restGaps * gap);
}

/** What is left of 1 after `age`; an event dated in the future by a clock ahead of ours counts as new. */
export function halved(age: number, halfLife: number): number {
  return 0.5 ** (Math.max(0, age) / halfLife);
}
