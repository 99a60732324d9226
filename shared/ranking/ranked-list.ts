import type { Explanation } from './explanation.ts';
import type { Source } from './reasons.ts';
import { selectTop } from './select-top.ts';

/** Where an item comes from that no customer's history stands behind. */
export type ShelfSource = 'trending' | 'newcomers' | 'new';

export interface RecommendedItem {
  readonly product: number;
  /** Comparable within one answer only; no item has a higher one than the item before it. */
  readonly score: number;
  /** By the trees: `personal` for what the customer bought, else the source that puts it highest. By the blend: the signal that adds most. */
  readonly source: Source | ShelfSource;
  /** In words for the customer; worked out when it is read. */
  readonly reason: string;
  /** In numbers; worked out when it is read. */
  readonly explanation: Explanation;
  /** By which trees ranked it, in the order of `FEATURE_NAMES`; null where something else did. */
  readonly features: Float32Array | null;
}

/** Which simpler source answered where the shelf's own list had nothing; null where it had. */
export type Fallback = null | Source;

export type IsEligible = (product: number) => boolean;

/** One scored list: the best of it may be asked for again and again, by more or less that is eligible. */
export interface RankedList {
  /** What an answer says that begins with this list. */
  readonly fallback: Fallback;
  /** At most `n`, best first. */
  readonly top: (n: number, isEligible: IsEligible) => RecommendedItem[];
}

/** Columns by position. */
export interface ScoredProducts {
  readonly products: Int32Array;
  readonly scores: Float64Array;
  /** Order among equal scores, higher first. */
  readonly ties: Float64Array;
  readonly isListed: (position: number) => boolean;
}

export function rankedList(
  fallback: Fallback,
  { products, scores, ties, isListed }: ScoredProducts,
  itemAt: (position: number) => RecommendedItem,
): RankedList {
  return {
    fallback,
    top: (n, isEligible) => {
      const isChosen = (position: number): boolean => isListed(position) && isEligible(products[position]!);
      return selectTop(scores, ties, n, isChosen).map(itemAt);
    },
  };
}

/** A list that is scored when something is first asked of it. */
export function lazyList(fallback: Fallback, make: () => RankedList): RankedList {
  let list: RankedList | undefined;
  return {
    fallback,
    top: (n, isEligible) => {
      list ??= make();
      return list.top(n, isEligible);
    },
  };
}

/** What is worked out of an item when it is read. */
export interface ToldOfItem {
  readonly reasonOf: () => string;
  readonly explanationOf: () => Explanation;
}

/** @param features null where no trees ranked it */
export function itemOf(
  item: Pick<RecommendedItem, 'product' | 'score' | 'source'>,
  told: ToldOfItem,
  features: Float32Array | null = null,
): RecommendedItem {
  return new TellingItem(item, told, features);
}

/** Its getters are the class's: those of a literal are a hidden class for each item, which stays until the next major collection. */
class TellingItem implements RecommendedItem {
  readonly product: number;
  readonly score: number;
  readonly source: RecommendedItem['source'];
  readonly features: Float32Array | null;
  readonly #told: ToldOfItem;

  constructor(
    { product, score, source }: Pick<RecommendedItem, 'product' | 'score' | 'source'>,
    told: ToldOfItem,
    features: Float32Array | null,
  ) {
    this.product = product;
    this.score = score;
    this.source = source;
    this.features = features;
    this.#told = told;
  }

  get reason(): string {
    return this.#told.reasonOf();
  }

  get explanation(): Explanation {
    return this.#told.explanationOf();
  }
}
