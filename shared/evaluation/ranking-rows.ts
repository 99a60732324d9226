import { uniform } from '../als/index.ts';
import {
  basketsOf,
  FEATURE_NAMES,
  LIST_KINDS,
  type ListKind,
  momentOf,
  type Ranker,
  type RankingMoment,
  rankingFeatures,
  signalsOf,
  viewOf,
} from '../ranking/index.ts';
import type { RankingRows } from '../trees/index.ts';
import type { CustomerAtCut } from './temporal-split.ts';

/** What the customers of one window bought of their candidates. */
export interface LabelledMoments {
  readonly ranker: Ranker;
  /** When the window begins. */
  readonly cut: number;
  readonly customers: readonly CustomerAtCut[];
  readonly factorsOf: (customer: CustomerAtCut) => Float32Array | null;
}

/** Candidates of one customer for one kind of list, and what was to be found. */
export interface LabelledMoment {
  readonly moment: RankingMoment;
  readonly truth: ReadonlySet<number>;
}

/** Of every customer of the window who has something of that kind to find. */
export function* labelledMoments({
  ranker,
  cut,
  customers,
  factorsOf,
}: LabelledMoments): Generator<Readonly<Record<ListKind, LabelledMoment | null>>> {
  for (const customer of customers) {
    const { history, truth, novelTruth } = customer;
    const baskets = basketsOf(history);
    const view = viewOf(ranker, baskets, cut, signalsOf(ranker, baskets, cut, factorsOf(customer)));
    const labelled = (kind: ListKind, found: ReadonlySet<number>): LabelledMoment | null =>
      view === null || found.size === 0 ? null : { moment: momentOf(view, kind), truth: found };
    yield { any: labelled('any', truth), novel: labelled('novel', novelTruth) };
  }
}

/** One query a customer: its candidates, graded 1 where they were bought in the window and 0 elsewhere. */
export function rankingRows(window: LabelledMoments): Record<ListKind, RankingRows> {
  const parts: Record<ListKind, RankingRows[]> = { any: [], novel: [] };
  for (const labelled of labelledMoments(window)) {
    for (const kind of LIST_KINDS) {
      const one = labelled[kind];
      if (one === null) continue;
      const { products } = one.moment.candidates;
      const labels = Uint8Array.from(products, (product) => (one.truth.has(product) ? 1 : 0));
      // Without a purchase among the candidates, or with nothing else, there is no order to learn.
      if (labels.includes(1) && labels.includes(0))
        parts[kind].push(query({ features: rankingFeatures(one.moment), labels }));
    }
  }
  return { any: joined(parts.any), novel: joined(parts.novel) };
}

/** Every row of each query that was bought, and so many of its others, evenly drawn by seed. */
export function sampledRows(rows: RankingRows, negatives: number, seed: number): RankingRows {
  const random = uniform(seed, 'negatives');
  const width = FEATURE_NAMES.length;
  let from = 0;
  return joined(
    [...rows.groups].map((size) => {
      const labels = rows.labels.subarray(from, from + size);
      const features = rows.features.subarray(from * width, (from + size) * width);
      from += size;
      return sampled({ features, labels }, negatives, random);
    }),
  );
}

/** The queries of all parts, one after the other. */
export function joined(parts: readonly RankingRows[]): RankingRows {
  const features = new Float32Array(parts.reduce((length, part) => length + part.features.length, 0));
  const labels = new Uint8Array(parts.reduce((length, part) => length + part.labels.length, 0));
  let row = 0;
  for (const part of parts) {
    features.set(part.features, row * FEATURE_NAMES.length);
    labels.set(part.labels, row);
    row += part.labels.length;
  }
  const groups = Int32Array.from(parts.flatMap((part) => [...part.groups]));
  return { features, labels, groups, featureNames: FEATURE_NAMES };
}

type Rows = Pick<RankingRows, 'features' | 'labels'>;

function query({ features, labels }: Rows): RankingRows {
  return { features, labels, groups: Int32Array.of(labels.length), featureNames: FEATURE_NAMES };
}

/** Evenly drawn rows (Knuth, TAOCP 2, 3.4.2, algorithm S). */
function sampled({ features, labels }: Rows, negatives: number, random: () => number): RankingRows {
  const width = FEATURE_NAMES.length;
  let left = labels.reduce((count, label) => count + (label === 0 ? 1 : 0), 0);
  let wanted = Math.min(negatives, left);
  const kept: number[] = [];
  labels.forEach((label, row) => {
    if (label === 1) kept.push(row);
    else if (random() * left-- < wanted) {
      wanted -= 1;
      kept.push(row);
    }
  });
  const chosen = new Float32Array(kept.length * width);
  kept.forEach((row, at) => {
    chosen.set(features.subarray(row * width, (row + 1) * width), at * width);
  });
  return query({ features: chosen, labels: Uint8Array.from(kept, (row) => labels[row]!) });
}
