/** Normalised discounted cumulative gain (Järvelin, Kekäläinen 2002): gain 2^grade - 1, discount 1 / log2(place + 2), place from 0. */
import { queryStarts, type RankingRows } from './ranking-rows.ts';
import { orderByScore } from './score-order.ts';

/** What a row of this grade is worth. */
export function gainOf(grade: number): number {
  return 2 ** grade - 1;
}

/** What a row is discounted by at this place, from 0. */
export function discountAt(place: number): number {
  return 1 / Math.log2(place + 2);
}

/**
 * Mean over the queries that have a row of a grade above 0; rows of equal score keep their order. LightGBM's metric counts a
 * query without such a row as 1.
 * @param scores of each row
 * @returns between 0 and 1; NaN if no query has such a row
 * @throws PlatformError `ranking_rows`
 */
export function meanNdcg(scores: Float64Array, rows: RankingRows, at: number): number {
  const starts = queryStarts(rows);
  const order = Int32Array.from(scores.keys());
  let sum = 0;
  let queries = 0;
  for (let query = 0; query + 1 < starts.length; query++) {
    const from = starts[query]!;
    const to = starts[query + 1]!;
    const best = maxDcg(rows.labels, from, to, at);
    if (best === 0) continue;
    orderByScore(order, from, to, scores);
    let dcg = 0;
    for (let place = 0; place < Math.min(at, to - from); place++)
      dcg += gainOf(rows.labels[order[from + place]!]!) * discountAt(place);
    sum += dcg / best;
    queries++;
  }
  return sum / queries;
}

/** The greatest that the first `at` of the rows `from` … `to - 1` can reach. */
export function maxDcg(labels: Uint8Array, from: number, to: number, at: number): number {
  const grades = labels.slice(from, to).sort().reverse();
  let sum = 0;
  for (let place = 0; place < Math.min(at, grades.length); place++)
    sum += gainOf(grades[place]!) * discountAt(place);
  return sum;
}
