import { isJsonObject } from '../domain/index.ts';
import { PlatformError } from '../errors.ts';

/** How much each signal adds to a score. Signals are on absolute scales; none is normalised per customer. */
export interface Weights {
  readonly rate: number;
  readonly recency: number;
  readonly popularity: number;
  readonly als: number;
}

export interface RankingSettings {
  readonly rateHalfLifeDays: number;
  /** Added to a customer's decayed baskets, so that one basket does not make everything in it certain. */
  readonly ratePriorBaskets: number;
  readonly recencyHalfLifeBaskets: number;
  /**
   * How long a product rests after the customer bought it, as a share of the customer's usual gap between purchases of it: half
   * its personal signals are back after so long. 0: it never rests, as where customers reorder within days.
   */
  readonly restGaps: number;
  /** Length of the window of recent popularity. */
  readonly popularityDays: number;
  /** Half-life of a basket in the ratings that ALS is trained on and folded in from. */
  readonly ratingHalfLifeDays: number;
  /** For shelves that may show what the customer has bought. */
  readonly weights: Weights;
  /** For products that the customer never bought: their personal signals are 0. */
  readonly discoverWeights: Weights;
}

/** Where a shop has too little history to fit its own; weights of the order that fits give. */
export const DEFAULT_SETTINGS: RankingSettings = {
  rateHalfLifeDays: 180,
  ratePriorBaskets: 1,
  recencyHalfLifeBaskets: 10,
  restGaps: 0,
  popularityDays: 14,
  ratingHalfLifeDays: 90,
  weights: { rate: 1, recency: 0.5, popularity: 3, als: 0.3 },
  discoverWeights: { rate: 0, recency: 0, popularity: 5, als: 1 },
};

/**
 * Reads settings back from a model's manifest.
 * @throws PlatformError `ranking_settings` naming the field
 */
export function parseRankingSettings(json: unknown): RankingSettings {
  const fields = objectOf(json, 'settings');
  const positive = (name: keyof RankingSettings): number =>
    numberOf(fields[name], name, (value) => value > 0, 'above 0');
  const notNegative = (name: keyof RankingSettings): number =>
    numberOf(fields[name], name, (value) => value >= 0, 'of at least 0');
  return {
    rateHalfLifeDays: positive('rateHalfLifeDays'),
    ratePriorBaskets: notNegative('ratePriorBaskets'),
    recencyHalfLifeBaskets: positive('recencyHalfLifeBaskets'),
    // A model whose settings do not name it was fitted without resting.
    restGaps: fields.restGaps === undefined ? 0 : notNegative('restGaps'),
    popularityDays: positive('popularityDays'),
    ratingHalfLifeDays: positive('ratingHalfLifeDays'),
    weights: weightsOf(fields.weights, 'weights'),
    discoverWeights: weightsOf(fields.discoverWeights, 'discoverWeights'),
  };
}

function weightsOf(json: unknown, name: string): Weights {
  const fields = objectOf(json, name);
  const weight = (signal: keyof Weights): number =>
    numberOf(fields[signal], `${name}.${signal}`, (value) => value >= 0, 'of at least 0');
  return {
    rate: weight('rate'),
    recency: weight('recency'),
    popularity: weight('popularity'),
    als: weight('als'),
  };
}

function objectOf(json: unknown, name: string): Readonly<Record<string, unknown>> {
  if (isJsonObject(json)) return json;
  throw invalid(name, json, 'an object');
}

function numberOf(value: unknown, name: string, valid: (value: number) => boolean, allowed: string): number {
  if (typeof value === 'number' && Number.isFinite(value) && valid(value)) return value;
  throw invalid(name, value, `a number ${allowed}`);
}

function invalid(name: string, value: unknown, allowed: string): PlatformError {
  return new PlatformError(
    'ranking_settings',
    `ranking ${name} must be ${allowed}, got ${JSON.stringify(value)}; train a new model or go back to the one before`,
  );
}
