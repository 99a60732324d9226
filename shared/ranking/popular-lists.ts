import { sumOfSignals } from './explanation.ts';
import { type IsEligible, itemOf, type RankedList, rankedList } from './ranked-list.ts';
import type { Ranker } from './ranker.ts';
import { plural, popularReason } from './reasons.ts';

/**
 * By orders of the recent window, then by orders since ever, so that a quiet fortnight still has an order.
 * @param above added to every score, which are from 0 to 1 by themselves
 */
export function popularList(
  { catalogue: products, share: scores, overall: ties, popularity }: Ranker,
  above = 0,
  isListed: IsEligible = () => true,
): RankedList {
  const columns = { products, scores, ties, isListed: (at: number) => isListed(products[at]!) };
  return rankedList('popular', columns, (at) => {
    const product = products[at]!;
    const item = { product, score: above + scores[at]!, source: 'popular' } as const;
    return itemOf(item, {
      reasonOf: () => popularReason(popularity, product),
      explanationOf: () =>
        sumOfSignals('popularity', [{ feature: 'popularity', value: scores[at]!, weight: 1 }], {
          base: above,
        }),
    });
  });
}

/** By orders that count less the older they are: what sells at this moment. */
export function trendingList(ranker: Ranker): RankedList {
  const { catalogue: products, decayedOrders: scores, overall: ties, popularity } = ranker;
  const columns = { products, scores, ties, isListed: (at: number) => scores[at]! > 0 };
  return rankedList(null, columns, (at) => {
    const product = products[at]!;
    const { days, recent } = popularity;
    return itemOf(
      { product, score: scores[at]!, source: 'trending' },
      {
        reasonOf: () => {
          const orders = plural(recent.get(product) ?? 0, 'order');
          return `trending: ${orders} in the last ${plural(days, 'day')}`;
        },
        explanationOf: () =>
          sumOfSignals('popularity', [{ feature: 'decayedOrders', value: scores[at]!, weight: 1 }]),
      },
    );
  });
}

/** How many first orders the popularity among all customers counts for, where that among first orders is not known well. */
const PRIOR_FIRST_ORDERS = 20;

/** By position in the catalogue: THE score for everybody without a history, used to evaluate and to serve. */
export function newcomerScores({ share, decayedFirstOrders }: Ranker): Float64Array {
  return share.map((part, at) => decayedFirstOrders[at]! + PRIOR_FIRST_ORDERS * part);
}

/**
 * What customers choose who buy for the first time, drawn towards what all choose: for everybody without a history, whose segment
 * that is. An item comes from the larger part of its score.
 */
export function newcomersList(ranker: Ranker): RankedList {
  const { catalogue, share, overall, decayedFirstOrders, popularity } = ranker;
  const scores = newcomerScores(ranker);
  const columns = { products: catalogue, scores, ties: overall, isListed: () => true };
  return rankedList('popular', columns, (at) => {
    const product = catalogue[at]!;
    const isOfNewcomers = decayedFirstOrders[at]! > PRIOR_FIRST_ORDERS * share[at]!;
    return itemOf(
      { product, score: scores[at]!, source: isOfNewcomers ? 'newcomers' : 'popular' },
      {
        reasonOf: () =>
          isOfNewcomers ? 'popular in first orders of customers' : popularReason(popularity, product),
        explanationOf: () =>
          sumOfSignals('popularity', [
            { feature: 'decayedFirstOrders', value: decayedFirstOrders[at]!, weight: 1 },
            { feature: 'popularity', value: share[at]!, weight: PRIOR_FIRST_ORDERS },
          ]),
      },
    );
  });
}
