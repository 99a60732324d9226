import { DAY_MS } from '../domain/index.ts';
import type { Basket, BasketLine } from './baskets.ts';
import { halved } from './history.ts';

/** Half-lives of decayed counts, in days. */
export const HALF_LIVES = [7, 30, 90, 180] as const;

/** One customer's history with one product; a product counts once per basket. */
export interface OwnStatistics {
  readonly baskets: number;
  /** Baskets decayed by age, one number for each of `HALF_LIVES`. */
  readonly decayed: readonly number[];
  readonly firstAt: number;
  readonly lastAt: number;
  /** Baskets of the customer after the latest one with the product. */
  readonly basketsSince: number;
  readonly quantity: number;
  /** Of one piece, when it was bought last; NaN where not known. */
  readonly lastPrice: number;
}

/** What a customer's history says as a whole. Times are in days; NaN is what it does not say. */
export interface CustomerStatistics {
  readonly now: number;
  readonly baskets: number;
  /** All baskets decayed by age, one number for each of `HALF_LIVES`. */
  readonly decayed: readonly number[];
  readonly daysSinceLast: number;
  /** Between baskets. */
  readonly meanGapDays: number;
  /** Products in a basket. */
  readonly meanBasketSize: number;
  /** Share of products in baskets that the customer had bought in an earlier one. */
  readonly repeatShare: number;
  /** Geometric mean of the prices paid, one a line. */
  readonly usualPrice: number;
  /** By product id. */
  readonly own: ReadonlyMap<number, OwnStatistics>;
  /** Product ids of the latest basket. */
  readonly lastBasket: readonly number[];
}

/** A class, as V8 soon makes literals that outlive one collection in the old space, and each of these is gone with its answer. */
class GrowingStatistics implements OwnStatistics {
  baskets = 1;
  readonly decayed: number[];
  firstAt: number;
  readonly lastAt: number;
  readonly basketsSince: number;
  quantity: number;
  readonly lastPrice: number;

  constructor({ at }: Basket, basketsSince: number, weights: readonly number[], latest: BasketLine) {
    this.decayed = weights.slice();
    this.firstAt = at;
    this.lastAt = at;
    this.basketsSince = basketsSince;
    this.quantity = latest.quantity;
    this.lastPrice = latest.price;
  }

  /** @param weights of the basket, decayed by each half-life */
  addEarlier({ at }: Basket, weights: readonly number[], { quantity }: BasketLine): void {
    this.baskets += 1;
    for (let i = 0; i < weights.length; i++) this.decayed[i]! += weights[i]!;
    this.firstAt = at;
    this.quantity += quantity;
  }
}

export function customerStatisticsOf(baskets: readonly Basket[], now: number): CustomerStatistics {
  const own = new Map<number, GrowingStatistics>();
  const decayed = HALF_LIVES.map(() => 0);
  let lines = 0;
  let logPrices = 0;
  let priced = 0;
  baskets.forEach((basket, basketsSince) => {
    const weights = HALF_LIVES.map((days) => halved(now - basket.at, days * DAY_MS));
    weights.forEach((weight, index) => {
      decayed[index]! += weight;
    });
    for (const [product, line] of basket.lines) {
      lines += 1;
      if (line.price > 0) {
        logPrices += Math.log(line.price);
        priced += 1;
      }
      const later = own.get(product);
      if (later === undefined) own.set(product, new GrowingStatistics(basket, basketsSince, weights, line));
      else later.addEarlier(basket, weights, line);
    }
  });
  const [latest] = baskets;
  const span = (latest?.at ?? 0) - (baskets.at(-1)?.at ?? 0);
  return {
    now,
    baskets: baskets.length,
    decayed,
    daysSinceLast: latest === undefined ? Number.NaN : Math.max(0, now - latest.at) / DAY_MS,
    meanGapDays: baskets.length < 2 ? Number.NaN : span / DAY_MS / (baskets.length - 1),
    meanBasketSize: lines / baskets.length,
    repeatShare: (lines - own.size) / lines,
    usualPrice: Math.exp(logPrices / priced),
    own,
    lastBasket: [...(latest?.lines.keys() ?? [])],
  };
}
