import type { History } from './baskets.ts';
import {
  type ColdExposure,
  type DrawnProduct,
  drawNewProducts,
  newItem,
  placesFor,
} from './cold-exposure.ts';
import { personalLists } from './personal-list.ts';
import { newcomersList, popularList, trendingList } from './popular-lists.ts';
import { productLists } from './product-lists.ts';
import type { Fallback, IsEligible, RankedList, RecommendedItem } from './ranked-list.ts';
import type { Ranker } from './ranker.ts';
import type { Shelf } from './shelves.ts';

export interface ShelfRequest {
  readonly shelf: Shelf;
  /** Of the customer; empty for an unknown one, and where the shelf is nobody's. */
  readonly history: History;
  /** Milliseconds since 1970 UTC. */
  readonly now: number;
  /** Product ids: of `basket` what lies in it, of `similar` and `bought-together` the one product. Never listed. */
  readonly about?: readonly number[] | undefined;
  /** Of `similar`: what may stand in where nothing is known of the product. */
  readonly isAlike?: IsEligible | undefined;
  readonly nameOf?: ((product: number) => string | undefined) | undefined;
  /** Of `for-you` and `discover`: places for new products; none where it is left out. */
  readonly exposure?: ColdExposure | undefined;
}

export interface RecommendationRequest extends ShelfRequest {
  readonly n: number;
  /** Asked for products of the whole catalogue before the best are selected: stock, category, exclusions. */
  readonly eligible?: IsEligible | undefined;
}

export interface Recommendations {
  readonly fallback: Fallback;
  readonly items: readonly RecommendedItem[];
}

/** Lists that fill one another up, each scored when something is first asked of it. */
type Stage = () => readonly RankedList[];

/** A shelf, scored over the whole catalogue: `topOf` selects from it, as often as more becomes known of what is eligible. */
export interface RankedShelf {
  /** The first one that has anything eligible answers; the last one answers for all. */
  readonly stages: readonly Stage[];
  readonly isLeftOut: (product: number) => boolean;
  /** New products, in the order in which they are given a place. */
  readonly exposed: ExposedProducts | null;
}

interface ExposedProducts {
  readonly exposure: ColdExposure;
  readonly products: readonly DrawnProduct[];
}

export function rankShelf(ranker: Ranker, request: ShelfRequest): RankedShelf {
  const { about = [], exposure, history } = request;
  const leftOut = new Set(about);
  const own = new Set(history.map(({ product }) => product));
  return {
    stages: stagesOf(ranker, request).map(once),
    isLeftOut: (product) => leftOut.has(product),
    exposed:
      exposure === undefined || !EXPOSING.has(request.shelf)
        ? null
        : {
            exposure,
            products: drawNewProducts(exposure, ranker.popularity).filter(({ product }) => !own.has(product)),
          },
  };
}

/** The best eligible products; fewer than `n` where there are no more, none where there are none. */
export function topOf(shelf: RankedShelf, n: number, isEligible: IsEligible): Recommendations {
  let best: Recommendations = { fallback: null, items: [] };
  for (const stage of shelf.stages) {
    best = filledUp(stage(), n, (product) => !shelf.isLeftOut(product) && isEligible(product));
    if (best.items.length > 0) break;
  }
  return { fallback: best.fallback, items: withNewProducts(best.items, n, shelf.exposed, isEligible) };
}

/** `rankShelf` and `topOf` at once, where it is known beforehand what is eligible. */
export function recommend(ranker: Ranker, request: RecommendationRequest): Recommendations {
  return topOf(rankShelf(ranker, request), request.n, request.eligible ?? (() => true));
}

const EXPOSING: ReadonlySet<Shelf> = new Set(['for-you', 'discover']);

function stagesOf(ranker: Ranker, request: ShelfRequest): Stage[] {
  const { shelf, history, about = [] } = request;
  const popular: Stage = () => [popularList(ranker)];
  switch (shelf) {
    case 'trending':
      return [() => [trendingList(ranker)], popular];
    case 'basket':
    case 'similar':
    case 'bought-together':
      return [() => productLists(ranker, shelf, { ...request, about })];
    default:
      return history.length === 0
        ? [() => [newcomersList(ranker)]]
        : [() => personalLists(ranker, shelf, request), popular];
  }
}

/** From the top of the first list to the end of the last one. */
function filledUp(lists: readonly RankedList[], n: number, isEligible: IsEligible): Recommendations {
  const items: RecommendedItem[] = [];
  const listed = new Set<number>();
  let fallback: Fallback = lists.at(-1)?.fallback ?? null;
  for (const list of lists) {
    if (items.length >= n) break;
    const more = list.top(n - items.length, (product) => !listed.has(product) && isEligible(product));
    if (items.length === 0 && more.length > 0) fallback = list.fallback;
    for (const item of more) {
      items.push(item);
      listed.add(item.product);
    }
  }
  return { fallback, items };
}

/** In the last places, where they cost the least; each with the score of the item whose place it takes. */
function withNewProducts(
  items: readonly RecommendedItem[],
  n: number,
  exposed: ExposedProducts | null,
  isEligible: IsEligible,
): readonly RecommendedItem[] {
  if (exposed === null) return items;
  const places = placesFor(exposed.exposure, n);
  const listed = new Set(items.map(({ product }) => product));
  const chosen = exposed.products
    .filter(({ product }) => !listed.has(product) && isEligible(product))
    .slice(0, places);
  const kept = items.slice(0, n - chosen.length);
  const lowest = items.at(-1)?.score ?? 0;
  return [...kept, ...chosen.map((product, i) => newItem(product, items[kept.length + i]?.score ?? lowest))];
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
