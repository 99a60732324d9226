/**
 * What lists show, whoever finds something in them: beyond accuracy. Sources by measure:
 * Gini of exposure: Fleder and Hosanagar 2009 (https://doi.org/10.1287/mnsc.1080.0974), computed as RecBole's `GiniIndex`.
 * Novelty: mean self-information, Zhou et al. 2010 (https://doi.org/10.1073/pnas.1000488107).
 * Long tail: the 80 % of sales that define a short head, and the average share of what lies beyond it in a list, Abdollahpouri,
 * Burke and Mobasher 2019 (https://arxiv.org/abs/1901.07555).
 * Diversity: mean pairwise dissimilarity within a list, Smyth and McClave 2001 (https://doi.org/10.1007/3-540-44593-5_25).
 */
import { positionOf } from '../als/index.ts';
import type { TemporalSplit } from './temporal-split.ts';

/** What is known of each product before the cut, by position in the catalogue. */
export interface CatalogueFacts {
  readonly catalogue: Int32Array;
  /** -log2 of the share of the known customers who had bought the product, in bits. */
  readonly selfInformation: Float64Array;
  /** 1: outside the smallest set of best sellers that holds 80 % of the purchases. */
  readonly isTail: Uint8Array;
  /** By product id, where known. */
  readonly categories: ReadonlyMap<number, string>;
}

export interface Exposure {
  /** 0: every product stands in as many lists as any other; towards 1: a few products fill all of them. */
  readonly gini: number;
  /** Mean over the lists of the mean self-information of their products, in bits; higher is less known. */
  readonly novelty: number;
  /** Mean over the lists of the share of their products that are in the long tail. */
  readonly tailShare: number;
  /**
   * Mean over the lists of the share of their pairs of products whose categories differ; products without one are left out. null:
   * no list has two products with a category.
   */
  readonly diversity: number | null;
  /** How few products fill the lists: at growing numbers of products, up to the whole catalogue. */
  readonly curve: readonly ExposurePoint[];
}

export interface ExposurePoint {
  readonly products: number;
  /** Share of all places in lists that so many of the most shown products have. */
  readonly share: number;
}

const HEAD_SHARE = 0.8;

export function catalogueFacts(
  catalogue: Int32Array,
  { before, histories }: Pick<TemporalSplit, 'before' | 'histories'>,
  categories: ReadonlyMap<number, string>,
): CatalogueFacts {
  const purchases = new Float64Array(catalogue.length);
  for (const { product } of before) purchases[positionOf(catalogue, product)]! += 1;
  const buyers = new Float64Array(catalogue.length);
  for (const history of histories.values()) {
    for (const product of new Set(history.map((purchase) => purchase.product)))
      buyers[positionOf(catalogue, product)]! += 1;
  }
  return {
    catalogue,
    selfInformation: buyers.map((count) => Math.log2(histories.size / count)),
    isTail: tailOf(purchases),
    categories,
  };
}

/** @param lists product ids of the catalogue */
export function exposureOf(lists: readonly (readonly number[])[], facts: CatalogueFacts): Exposure {
  const shown = new Float64Array(facts.catalogue.length);
  const novelties: number[] = [];
  const tailShares: number[] = [];
  const diversities: number[] = [];
  for (const list of lists) {
    const positions = list.map((product) => positionOf(facts.catalogue, product));
    for (const position of positions) shown[position]! += 1;
    if (list.length === 0) continue;
    novelties.push(mean(positions.map((position) => facts.selfInformation[position]!)));
    tailShares.push(mean(positions.map((position) => facts.isTail[position]!)));
    const diversity = diversityOf(list, facts.categories);
    if (diversity !== null) diversities.push(diversity);
  }
  shown.sort();
  return {
    gini: giniOf(shown),
    novelty: mean(novelties),
    tailShare: mean(tailShares),
    diversity: diversities.length === 0 ? null : mean(diversities),
    curve: exposureCurve(shown),
  };
}

/** @param ascending counts of the whole catalogue; all 0 give 0 */
export function giniOf(ascending: Float64Array): number {
  const n = ascending.length;
  let weighted = 0;
  let total = 0;
  ascending.forEach((count, index) => {
    weighted += (2 * (index + 1) - n - 1) * count;
    total += count;
  });
  return total === 0 ? 0 : weighted / (n * total);
}

const POINTS_PER_DECADE = 8;

/** Points at equal distances on a logarithmic axis. @param ascending counts of the whole catalogue */
export function exposureCurve(ascending: Float64Array): ExposurePoint[] {
  const size = ascending.length;
  const steps = Math.ceil(POINTS_PER_DECADE * Math.log10(Math.max(1, size)));
  const wanted = Array.from({ length: steps }, (_, step) => Math.round(10 ** (step / POINTS_PER_DECADE)));
  const numbers = [...new Set([...wanted.filter((products) => products < size), size])];
  const total = ascending.reduce((sum, count) => sum + count, 0);
  let counted = 0;
  let sum = 0;
  return numbers.map((products) => {
    for (; counted < products; counted++) sum += ascending[size - 1 - counted]!;
    return { products, share: total === 0 ? 0 : sum / total };
  });
}

/** null for fewer than two products with a category. */
export function diversityOf(list: readonly number[], categories: ReadonlyMap<number, string>): number | null {
  const known = list.flatMap((product) => categories.get(product) ?? []);
  if (known.length < 2) return null;
  let differing = 0;
  known.forEach((category, index) => {
    for (let other = 0; other < index; other++) if (known[other] !== category) differing += 1;
  });
  return differing / ((known.length * (known.length - 1)) / 2);
}

function tailOf(purchases: Float64Array): Uint8Array {
  const bestFirst = [...purchases.keys()].sort((a, b) => purchases[b]! - purchases[a]! || a - b);
  const total = purchases.reduce((sum, count) => sum + count, 0);
  const isTail = new Uint8Array(purchases.length);
  let held = 0;
  for (const position of bestFirst) {
    if (held >= HEAD_SHARE * total) isTail[position] = 1;
    held += purchases[position]!;
  }
  return isTail;
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
