import type { ItemRating } from '../als/index.ts';
import { DAY_MS } from '../domain/index.ts';
import type { RankingSettings, Weights } from './settings.ts';

/** One product in one sold order of a customer. */
export interface Purchase {
  readonly product: number;
  /** The order that it was bought in. */
  readonly basket: number;
  /** Milliseconds since 1970 UTC. */
  readonly at: number;
  readonly quantity: number;
  /** Of one piece, in the shop's currency; absent where it is not known. */
  readonly price?: number | undefined;
}

/** All that one customer bought, in any order; cancelled orders are left out by whoever collects it. */
export type History = readonly Purchase[];

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

export function profileOf(history: History, now: number, settings: RankingSettings): CustomerProfile {
  const baskets = basketsOf(history);
  const decay = (at: number): number => halved(now - at, settings.rateHalfLifeDays * DAY_MS);
  let decayedBaskets = settings.ratePriorBaskets;
  for (const basket of baskets) decayedBaskets += decay(basket.at);

  const products = new Map<number, OwnProduct>();
  baskets.forEach((basket, basketsSince) => {
    for (const product of basket.lines.keys()) {
      const later = products.get(product);
      const rate = decay(basket.at) / decayedBaskets;
      products.set(product, {
        product,
        baskets: (later?.baskets ?? 0) + 1,
        firstAt: basket.at,
        lastAt: later?.lastAt ?? basket.at,
        rate: (later?.rate ?? 0) + rate,
        recency: later?.recency ?? 0.5 ** (basketsSince / settings.recencyHalfLifeBaskets),
        readiness: 1,
      });
    }
  });
  for (const [product, own] of products) {
    products.set(product, { ...own, readiness: readinessOf(own, now, settings.restGaps) });
  }
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
export function interactionsOf(history: History, now: number, settings: RankingSettings): ItemRating[] {
  const decayed = new Map<number, number>();
  for (const basket of basketsOf(history)) {
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

export interface BasketLine {
  readonly quantity: number;
  /** Mean of one piece; NaN where it is not known. */
  readonly price: number;
}

export interface Basket {
  readonly id: number;
  /** Of its first line. */
  readonly at: number;
  /** By product; a product counts once, its quantities added up. */
  readonly lines: ReadonlyMap<number, BasketLine>;
}

/**
 * Latest first, of two of one moment the one with the higher id; lines by ascending product. The same to the last bit in whatever
 * order a history comes: lines of one product are added up by ascending price, then quantity.
 */
export function basketsOf(history: History): Basket[] {
  const byId = new Map<number, { id: number; at: number; lines: Map<number, BasketLine> }>();
  for (const purchase of [...history].sort(byProduct)) {
    const { basket: id, at, product, quantity, price = Number.NaN } = purchase;
    let basket = byId.get(id);
    if (basket === undefined) {
      basket = { id, at, lines: new Map() };
      byId.set(id, basket);
    }
    basket.at = Math.min(basket.at, at);
    const line = basket.lines.get(product);
    basket.lines.set(product, line === undefined ? { quantity, price } : added(line, quantity, price));
  }
  return [...byId.values()].sort((a, b) => b.at - a.at || b.id - a.id);
}

function byProduct(a: Purchase, b: Purchase): number {
  return a.product - b.product || (a.price ?? 0) - (b.price ?? 0) || a.quantity - b.quantity;
}

function added(line: BasketLine, quantity: number, price: number): BasketLine {
  const pieces = line.quantity + quantity;
  return { quantity: pieces, price: (line.quantity * line.price + quantity * price) / pieces };
}

/** What is left of 1 after `age`; an event dated in the future by a clock ahead of ours counts as new. */
export function halved(age: number, halfLife: number): number {
  return 0.5 ** (Math.max(0, age) / halfLife);
}
