import type { AlsParameters } from '../als/index.ts';
import type { RankingSettings } from '../ranking/index.ts';

export type AlsChoice = Pick<
  AlsParameters,
  | 'rank'
  | 'maxIter'
  | 'regParam'
  | 'regularisation'
  | 'solver'
  | 'alpha'
  | 'implicitPrefs'
  | 'coldStartStrategy'
>;

/** What the product trains with where nothing is tuned. */
export const PRODUCT_ALS: AlsChoice = {
  rank: 48,
  maxIter: 10,
  regParam: 0.01,
  regularisation: 'count-scaled',
  solver: 'cholesky',
  alpha: 4,
  implicitPrefs: true,
  coldStartStrategy: 'drop',
};

/**
 * One small grid, the same for every shop; only a shop's own validation window chooses from it. Confidence from cautious to
 * bold, with more regularisation the bolder it is.
 */
export const ALS_CHOICES: readonly AlsChoice[] = [
  { ...PRODUCT_ALS, alpha: 1, regParam: 0.01 },
  PRODUCT_ALS,
  { ...PRODUCT_ALS, alpha: 16, regParam: 0.1 },
];

/** Distinct pairs of customer and product up to which every choice of ALS is trained; above, the product's own is taken. */
export const MAX_PAIRS_TO_CHOOSE_ALS = 500_000;

/**
 * Whether a product rests after it was bought: asked of every shop, as the answer parts those whose customers use things up from
 * those whose customers reorder within days. On the generated shop resting takes NDCG@10 from .488 to .504, on the real one from
 * .344 to .337 (weights fitted on one fortnight, measured on the next).
 */
export const REST_CHOICES: readonly Partial<RankingSettings>[] = [{ restGaps: 0.15 }];

/** How long a purchase, a basket and a fashion count; one is varied after the other, beside the default settings. */
export const STRUCTURE_CHOICES: readonly Partial<RankingSettings>[] = [
  ...REST_CHOICES,
  { rateHalfLifeDays: 60 },
  { rateHalfLifeDays: 720 },
  { recencyHalfLifeBaskets: 3 },
  { popularityDays: 7 },
  { popularityDays: 28 },
];
