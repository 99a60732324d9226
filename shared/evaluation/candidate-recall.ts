import {
  CANDIDATE_SOURCES,
  type CandidateSource,
  LIST_KINDS,
  type ListKind,
  NOT_LISTED,
} from '../ranking/index.ts';
import { type LabelledMoment, type LabelledMoments, labelledMoments } from './ranking-rows.ts';

/** What of the purchases to be found was worth ranking to each source, and to all of them; a ranker finds no more than `all`. */
export type CandidateRecall = Readonly<Record<CandidateSource | 'all', number>> & {
  /** Mean number of candidates of a customer. */
  readonly candidates: number;
};

/** Over the purchases of all customers of the window. */
export function candidateRecall(window: LabelledMoments): Record<ListKind, CandidateRecall> {
  const tallies = { any: new Tally(), novel: new Tally() };
  for (const labelled of labelledMoments(window)) {
    for (const kind of LIST_KINDS) {
      const one = labelled[kind];
      if (one !== null) tallies[kind].add(one);
    }
  }
  return { any: tallies.any.recall(), novel: tallies.novel.recall() };
}

class Tally {
  readonly #found = new Map<CandidateSource, number>();
  #all = 0;
  #purchases = 0;
  #candidates = 0;
  #customers = 0;

  add({ moment, truth }: LabelledMoment): void {
    const { products, places } = moment.candidates;
    this.#customers += 1;
    this.#purchases += truth.size;
    this.#candidates += products.length;
    products.forEach((product, row) => {
      if (!truth.has(product)) return;
      this.#all += 1;
      for (const source of CANDIDATE_SOURCES)
        if (places[source][row] !== NOT_LISTED) this.#found.set(source, (this.#found.get(source) ?? 0) + 1);
    });
  }

  recall(): CandidateRecall {
    const share = (count: number): number => (this.#purchases === 0 ? 0 : count / this.#purchases);
    const shares = CANDIDATE_SOURCES.map((source) => [source, share(this.#found.get(source) ?? 0)]);
    return {
      ...(Object.fromEntries(shares) as Record<CandidateSource, number>),
      all: share(this.#all),
      candidates: this.#customers === 0 ? 0 : this.#candidates / this.#customers,
    };
  }
}
