import { positionOf } from '../als/index.ts';
import { type CategoryAffinities, categoryColumn } from './category-affinity.ts';
import type { CustomerStatistics } from './customer-statistics.ts';
import { addNeighbours, type NeighbourTable } from './neighbour-table.ts';
import { type ScoreColumn, type ScoreSum, scoreSum } from './score-column.ts';
import type { ShopState } from './shop-state.ts';

/** By what of other customers' purchases a product is scored for one customer. */
export const COLLABORATIVE_SOURCES = [
  'als',
  /** Similarity to what the customer bought, by the customers who bought both; recent and repeated purchases weigh more. */
  'neighbours',
  /** The same by the baskets that held both. */
  'companions',
  /** Similarity to the products of the latest basket, by the baskets that held both. */
  'together',
  /** Recent orders of others in the categories that the customer buys, where categories are known. */
  'category',
] as const;
export type CollaborativeSource = (typeof COLLABORATIVE_SOURCES)[number];

/** By position in the shop. */
export type CollaborativeScores = Readonly<Record<CollaborativeSource, ScoreColumn>>;

/** Indices into `HALF_LIVES` of the days after which a purchase counts half. */
const NEIGHBOURS_HALF_LIFE = 2;
const COMPANIONS_HALF_LIFE = 1;

/** @param als predicted preferences */
export function collaborativeScores(
  shop: ShopState,
  customer: CustomerStatistics,
  affinities: CategoryAffinities,
  als: ScoreColumn,
): CollaborativeScores {
  const { products, neighbours, together } = shop;
  const sum = sumFor(shop);
  const near = (table: NeighbourTable, weighted: Iterable<readonly [product: number, weight: number]>) => {
    for (const [product, weight] of weighted) {
      const position = positionOf(products, product);
      if (position >= 0) addNeighbours(table, position, weight, sum);
    }
    return sum.finish();
  };
  const own = (halfLife: number) =>
    Array.from(customer.own, ([product, { decayed }]) => [product, Math.log1p(decayed[halfLife]!)] as const);
  return {
    als,
    neighbours: near(neighbours, own(NEIGHBOURS_HALF_LIFE)),
    companions: near(together, own(COMPANIONS_HALF_LIFE)),
    together: near(
      together,
      Array.from(customer.lastBasket, (product) => [product, 1] as const),
    ),
    category: categoryColumn(shop, affinities),
  };
}

/** Its scratch is as long as the shop: one for all customers. */
const sums = new WeakMap<ShopState, ScoreSum>();

function sumFor(shop: ShopState): ScoreSum {
  const known = sums.get(shop);
  if (known !== undefined) return known;
  const sum = scoreSum(shop.products.length);
  sums.set(shop, sum);
  return sum;
}
