/**
 * A share of the places for products that are so new that nothing can rank them, given by Thompson sampling (Chapelle and Li, "An
 * Empirical Evaluation of Thompson Sampling", NIPS 2011): orders are taken for a Poisson process, whose rate has a Gamma posterior.
 */
import { uniform } from '../als/index.ts';
import { DAY_MS } from '../domain/index.ts';
import { sumOfSignals } from './explanation.ts';
import type { Popularity } from './popularity.ts';
import { itemOf, type RecommendedItem } from './ranked-list.ts';
import { plural } from './reasons.ts';

export interface NewProduct {
  readonly product: number;
  /** Milliseconds since 1970 UTC. */
  readonly createdAt: number;
}

/** How places are given to new products. */
export interface ColdExposure {
  /** Of the places of a list, 0 to 1. */
  readonly share: number;
  /** Age from which a product is new no more. */
  readonly days: number;
  readonly products: readonly NewProduct[];
  /** Who is shown them, so that one customer sees the same ones all day. */
  readonly customer: number;
  /** Milliseconds since 1970 UTC, by the clock: new products are no part of a history that has ended. */
  readonly now: number;
}

/** With so many orders a product is known well enough to be ranked like any other. */
const ENOUGH_ORDERS = 10;

export interface DrawnProduct extends NewProduct {
  readonly ageDays: number;
  /** Before the features were built. */
  readonly orders: number;
  /** Orders a day, drawn from what is believed of them: the fewer the days, the wider. */
  readonly drawnRate: number;
}

/** New products with few orders, by the rate that was drawn for this customer and UTC day, highest first. */
export function drawNewProducts(exposure: ColdExposure, popularity: Popularity): DrawnProduct[] {
  const { days, products, now } = exposure;
  const prior = daysPerOrder(popularity);
  return products
    .flatMap(({ product, createdAt }) => {
      const ageDays = Math.max(0, now - createdAt) / DAY_MS;
      const orders = popularity.overall.get(product) ?? 0;
      if (ageDays >= days || orders >= ENOUGH_ORDERS) return [];
      const drawnRate = gammaOf(1 + orders, random(exposure, `${product}`)) / (prior + ageDays);
      return [{ product, createdAt, ageDays, orders, drawnRate }];
    })
    .sort((a, b) => b.drawnRate - a.drawnRate || a.product - b.product);
}

/**
 * How many of `n` places are for new products: the share of them, rounded up on as many of a customer's days as it takes for the
 * share to hold over the days.
 */
export function placesFor(exposure: ColdExposure, n: number): number {
  return Math.floor(exposure.share * n + random(exposure, 'places')());
}

/** @param score of the item in whose place it stands */
export function newItem({ product, ageDays }: DrawnProduct, score: number): RecommendedItem {
  return itemOf(
    { product, score, source: 'new' },
    {
      reasonOf: () => {
        const age = Math.floor(ageDays);
        return age === 0 ? 'new in the shop today' : `new in the shop for ${plural(age, 'day')}`;
      },
      explanationOf: () => sumOfSignals('exposure', [], { base: score }),
    },
  );
}

function random({ customer, now }: ColdExposure, name: string): () => number {
  return uniform(customer, `new products ${Math.floor(now / DAY_MS)} ${name}`);
}

/** Of the mean product of the shop: what is believed of one of which nothing is known. */
function daysPerOrder({ days, recent, overall }: Popularity): number {
  let orders = 0;
  for (const count of recent.values()) orders += count;
  return (days * Math.max(1, overall.size)) / Math.max(1, orders);
}

/** Drawn from a Gamma distribution of whole `shape` and scale 1: a sum of exponential times. */
function gammaOf(shape: number, next: () => number): number {
  let sum = 0;
  for (let i = 0; i < shape; i++) sum -= Math.log(1 - next());
  return sum;
}
