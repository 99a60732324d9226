import { positionOf, similarItems } from '../als/index.ts';
import { type Signal, sumOfSignals } from './explanation.ts';
import { neighboursOf, supportOf } from './neighbour-table.ts';
import { popularList } from './popular-lists.ts';
import { type IsEligible, itemOf, lazyList, type RankedList, rankedList } from './ranked-list.ts';
import type { Ranker } from './ranker.ts';
import { neighboursReason, togetherReason } from './reasons.ts';

/** Shelves that stand around products: those of a basket, or one. */
export type ProductsShelf = 'basket' | 'similar' | 'bought-together';

/** By what two products are near each other: factors, customers or baskets in common. */
type Nearness = 'als' | 'neighbours' | 'together';

/**
 * By what each shelf ranks, and by what where that knows nothing or ends. On a fortnight of the real shop ten products found the one
 * taken out of an order by the rest of it in 28 % of orders by baskets in common, in 22 % by factors, in 6 % by popularity.
 */
const NEARNESS: Readonly<Record<ProductsShelf, readonly [own: Nearness, next: Nearness]>> = {
  similar: ['als', 'neighbours'],
  'bought-together': ['together', 'als'],
  basket: ['together', 'als'],
};

/** As many as a product has in a neighbour table. */
const NEAREST_BY_ALS = 100;

export interface ProductsRequest {
  /** Product ids. */
  readonly about: readonly number[];
  readonly nameOf?: ((product: number) => string | undefined) | undefined;
  /** Where it is given, what is popular among these comes before what is popular among all. */
  readonly isAlike?: IsEligible | undefined;
}

/**
 * What stands near some products, list below list: by mean similarity to them, then by popularity. Similarities and shares are from
 * 0 to 1; a list's scores lie above those of the list that fills it up.
 */
export function productLists(
  ranker: Ranker,
  shelf: ProductsShelf,
  { about, nameOf, isAlike }: ProductsRequest,
): RankedList[] {
  const [own, next] = NEARNESS[shelf];
  const near = (nearness: Nearness, above: number): RankedList => {
    const { products, scores, nearest, similaritiesAt } = nearTo(ranker, nearness, about);
    const columns = { products, scores, ties: scores, isListed: (at: number) => scores[at]! > 0 };
    return rankedList(nearness === own ? null : nearness, columns, (at) => {
      const product = products[at]!;
      const item = { product, score: above + scores[at]!, source: nearness };
      return itemOf(item, {
        reasonOf: () => reasonOf(ranker, nearness, product, nearest[at]!, nameOf),
        explanationOf: () => sumOfSignals('similarity', similaritiesAt(at), { base: above }),
      });
    });
  };
  return [
    near(own, 3),
    lazyList(next, () => near(next, 2)),
    ...(isAlike === undefined ? [] : [popularList(ranker, 1, isAlike)]),
    popularList(ranker),
  ];
}

/** @param other the one of the products asked about that is nearest to `product` */
function reasonOf(
  { learned }: Ranker,
  nearness: Nearness,
  product: number,
  other: number,
  nameOf: ProductsRequest['nameOf'],
): string {
  const name = nameOf?.(other);
  if (name === undefined) return 'goes with it';
  if (nearness === 'als' || learned === null) return `like ${name}, by who buys it`;
  const { shop } = learned;
  const [row, column] = [positionOf(shop.products, other), positionOf(shop.products, product)];
  const near = { name, support: supportOf(shop[nearness], row, column) };
  return (nearness === 'together' ? togetherReason(near) : neighboursReason(near)) ?? 'goes with it';
}

interface Near {
  readonly products: Int32Array;
  /** By position in `products`: mean similarity to the products asked about. */
  readonly scores: Float64Array;
  /** By position: which of the products asked about is nearest. */
  readonly nearest: Int32Array;
  /** What the mean at a position is made of. */
  readonly similaritiesAt: (position: number) => Signal[];
}

function nearTo({ items, learned }: Ranker, nearness: Nearness, about: readonly number[]): Near {
  if (nearness === 'als') {
    if (items === null) return meanSimilarity(new Int32Array(0), about, () => []);
    return meanSimilarity(items.itemIds, about, (product) =>
      similarItems(items, product, NEAREST_BY_ALS).map(({ item, cosine }) => [
        positionOf(items.itemIds, item),
        cosine,
      ]),
    );
  }
  if (learned === null) return meanSimilarity(new Int32Array(0), about, () => []);
  const { shop } = learned;
  return meanSimilarity(shop.products, about, (product) => {
    const position = positionOf(shop.products, product);
    return position < 0 ? [] : neighboursOf(shop[nearness], position);
  });
}

function meanSimilarity(
  products: Int32Array,
  about: readonly number[],
  nearOf: (product: number) => Iterable<readonly [position: number, similarity: number]>,
): Near {
  const scores = new Float64Array(products.length);
  const nearest = new Int32Array(products.length);
  const greatest = new Float64Array(products.length);
  for (const product of about) {
    for (const [position, similarity] of nearOf(product)) {
      scores[position]! += similarity / about.length;
      if (similarity <= greatest[position]!) continue;
      greatest[position] = similarity;
      nearest[position] = product;
    }
  }
  const similaritiesAt = (position: number): Signal[] =>
    about.map((product) => {
      const entry = [...nearOf(product)].find(([near]) => near === position);
      return {
        feature: `similarity to product ${product}`,
        value: entry?.[1] ?? 0,
        weight: 1 / about.length,
      };
    });
  return { products, scores, nearest, similaritiesAt };
}
