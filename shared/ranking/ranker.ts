import { type FoldedUser, foldIn, type ItemSpace, positionOf, scoreItems } from '../als/index.ts';
import type { Basket } from './baskets.ts';
import {
  type CustomerProfile,
  interactionsOf,
  type OwnProduct,
  personalScore,
  profileOf,
} from './history.ts';
import type { LearnedRanker } from './learned-ranker.ts';
import type { Popularity } from './popularity.ts';
import type { ItemPositions } from './score-column.ts';
import type { RankingSettings, Weights } from './settings.ts';

/** What ranking needs of the shop as a whole, laid out by position in the catalogue. */
export interface Ranker {
  readonly settings: RankingSettings;
  readonly popularity: Popularity;
  /** Product ids, ascending: everything that was ever sold or that the model knows. */
  readonly catalogue: Int32Array;
  /** Share of the recent orders that held the product. */
  readonly share: Float64Array;
  readonly overall: Float64Array;
  /** Orders, and first orders of customers, counted less the older they are. */
  readonly decayedOrders: Float64Array;
  readonly decayedFirstOrders: Float64Array;
  readonly items: ItemSpace | null;
  /** Catalogue position of every item of the model. */
  readonly itemAt: Int32Array;
  /** null: every list is ranked by the blend. */
  readonly learned: LearnedRanker | null;
  /** Catalogue position of every product of the learned ranker's shop. */
  readonly shopAt: Int32Array;
  /** Of the learned ranker's shop and the model. */
  readonly shopItems: ItemPositions;
}

/** Takes milliseconds: to be done anew when the model or the popularity has changed. */
export function prepareRanker(shop: {
  readonly settings: RankingSettings;
  readonly popularity: Popularity;
  /** null: no model is trained yet. */
  readonly items: ItemSpace | null;
  readonly learned?: LearnedRanker | null;
}): Ranker {
  const { settings, popularity, items, learned = null } = shop;
  const modelled = [...(items?.itemIds ?? []), ...(learned?.shop.products ?? [])];
  const ids = new Set([...popularity.overall.keys(), ...popularity.recent.keys(), ...modelled]);
  const catalogue = Int32Array.from(ids).sort();
  const baskets = Math.max(1, popularity.baskets);
  const column = (counts: ReadonlyMap<number, number>): Float64Array =>
    Float64Array.from(catalogue, (product) => counts.get(product) ?? 0);
  return {
    settings,
    popularity,
    catalogue,
    share: Float64Array.from(catalogue, (product) => (popularity.recent.get(product) ?? 0) / baskets),
    overall: column(popularity.overall),
    decayedOrders: column(popularity.decayedOrders),
    decayedFirstOrders: column(popularity.decayedFirstOrders),
    items,
    itemAt: Int32Array.from(items?.itemIds ?? [], (id) => positionOf(catalogue, id)),
    learned,
    shopAt: Int32Array.from(learned?.shop.products ?? [], (id) => positionOf(catalogue, id)),
    shopItems: itemPositions(learned?.shop.products ?? NOTHING, items?.itemIds ?? NOTHING),
  };
}

const NOTHING = new Int32Array(0);

function itemPositions(products: Int32Array, itemIds: Int32Array): ItemPositions {
  return {
    itemAt: products.map((product) => positionOf(itemIds, product)),
    positionAt: itemIds.map((item) => positionOf(products, item)),
  };
}

/** What is known about every product for one customer at one moment; columns by position. */
export interface CustomerSignals {
  /** The catalogue, then what the customer bought that the catalogue does not hold yet. */
  readonly products: Int32Array;
  readonly popularity: Float64Array;
  /** By which `als` predicts; null where the customer has nothing to fold in. */
  readonly factors: Float32Array | null;
  /** Predicted preference, worked out when it is read; 0 where the model does not know the product. */
  readonly als: Float64Array;
  /** Breaks ties between equal scores. */
  readonly overall: Float64Array;
  /** Position to the customer's own history with the product. */
  readonly own: ReadonlyMap<number, OwnProduct>;
  readonly profile: CustomerProfile;
}

/** The customer's factors, solved from the history as it is now; null without a model or without a known product. */
export function foldCustomer(ranker: Ranker, baskets: readonly Basket[], now: number): FoldedUser | null {
  return ranker.items === null ? null : foldIn(ranker.items, interactionsOf(baskets, now, ranker.settings));
}

/** @param factors of the customer, from `foldCustomer` */
export function signalsOf(
  ranker: Ranker,
  baskets: readonly Basket[],
  now: number,
  factors: Float32Array | null,
): CustomerSignals {
  const profile = profileOf(baskets, now, ranker.settings);
  const unlisted = [...profile.products.keys()].filter(
    (product) => positionOf(ranker.catalogue, product) < 0,
  );
  const products = Int32Array.of(...unlisted.sort((a, b) => a - b));
  const own = new Map<number, OwnProduct>();
  for (const bought of profile.products.values()) {
    const position = positionOf(ranker.catalogue, bought.product);
    own.set(position >= 0 ? position : ranker.catalogue.length + products.indexOf(bought.product), bought);
  }
  let als: Float64Array | undefined;
  return {
    products: extended(ranker.catalogue, products),
    popularity: extended(ranker.share, new Float64Array(products.length)),
    factors,
    get als() {
      als ??= predictions(ranker, factors, products.length);
      return als;
    },
    overall: extended(ranker.overall, new Float64Array(products.length)),
    own,
    profile,
  };
}

/** @param unlisted how many products stand behind the catalogue */
function predictions(
  { items, itemAt, catalogue }: Ranker,
  factors: Float32Array | null,
  unlisted: number,
): Float64Array {
  const als = new Float64Array(catalogue.length + unlisted);
  if (items === null || factors === null) return als;
  const scores = scoreItems(items, factors);
  for (let item = 0; item < scores.length; item++) als[itemAt[item]!] = scores[item]!;
  return als;
}

/** THE score, used to evaluate and to serve: Σ weight × signal, by position; personal signals as far as the product is ready. */
export function scoresOf(signals: CustomerSignals, weights: Weights): Float64Array {
  const { popularity, als, own } = signals;
  const scores = new Float64Array(als.length);
  for (let at = 0; at < scores.length; at++)
    scores[at] = weights.popularity * popularity[at]! + weights.als * als[at]!;
  for (const [at, product] of own) scores[at]! += personalScore(product, weights);
  return scores;
}

function extended<Column extends Int32Array | Float64Array>(column: Column, more: Column): Column {
  if (more.length === 0) return column;
  const longer =
    column instanceof Int32Array
      ? new Int32Array(column.length + more.length)
      : new Float64Array(column.length + more.length);
  longer.set(column);
  longer.set(more, column.length);
  return longer as Column;
}
