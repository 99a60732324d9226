import {
  CANDIDATE_SOURCES,
  type CandidateSource,
  type ListKind,
  momentOf,
  NOT_LISTED,
  signalsOf,
} from '../ranking/index.ts';
import type { LabelledMoments } from './ranking-rows.ts';

/** What of the purchases to be found was worth ranking to each source, and to all of them; a ranker finds no more than `all`. */
export type CandidateRecall = Readonly<Record<CandidateSource | 'all', number>> & {
  /** Mean number of candidates of a customer. */
  readonly candidates: number;
};

/** Over the purchases of all customers of the window. */
export function candidateRecall(
  { ranker, cut, customers, factorsOf }: LabelledMoments,
  kind: ListKind,
): CandidateRecall {
  const found = Object.fromEntries(CANDIDATE_SOURCES.map((source) => [source, 0])) as Record<
    CandidateSource,
    number
  >;
  let [all, purchases, candidates, measured] = [0, 0, 0, 0];
  for (const customer of customers) {
    const { history } = customer;
    const truth = kind === 'any' ? customer.truth : customer.novelTruth;
    if (truth.size === 0) continue;
    const signals = signalsOf(ranker, history, cut, factorsOf(customer));
    const { products, places } = momentOf(ranker, { history, now: cut, kind }, signals).candidates;
    measured += 1;
    purchases += truth.size;
    candidates += products.length;
    products.forEach((product, row) => {
      if (!truth.has(product)) return;
      all += 1;
      for (const source of CANDIDATE_SOURCES) if (places[source][row] !== NOT_LISTED) found[source] += 1;
    });
  }
  const share = (count: number): number => (purchases === 0 ? 0 : count / purchases);
  const shares = Object.fromEntries(CANDIDATE_SOURCES.map((source) => [source, share(found[source])]));
  return {
    ...(shares as Record<CandidateSource, number>),
    all: share(all),
    candidates: measured === 0 ? 0 : candidates / measured,
  };
}
