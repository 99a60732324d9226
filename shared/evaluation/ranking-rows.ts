import { uniform } from '../als/index.ts';
import {
  FEATURE_NAMES,
  type ListKind,
  momentOf,
  type Ranker,
  rankingFeatures,
  signalsOf,
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

/** One query a customer: its candidates, graded 1 where they were bought in the window and 0 elsewhere. */
export function rankingRows(
  { ranker, cut, customers, factorsOf }: LabelledMoments,
  kind: ListKind,
  /** How many candidates that were not bought are kept, drawn by seed; all without it. */
  sampling?: { readonly negatives: number; readonly seed: number },
): RankingRows {
  const parts: RankingRows[] = [];
  for (const customer of customers) {
    const { history } = customer;
    const truth = kind === 'any' ? customer.truth : customer.novelTruth;
    const signals = signalsOf(ranker, history, cut, factorsOf(customer));
    const moment = momentOf(ranker, { history, now: cut, kind }, signals);
    const labels = Uint8Array.from(moment.candidates.products, (product) => (truth.has(product) ? 1 : 0));
    // Without a purchase among the candidates, or with nothing else, there is no order to learn.
    if (!labels.includes(1) || !labels.includes(0)) continue;
    const rows = { features: rankingFeatures(moment), labels };
    parts.push(
      sampling === undefined
        ? query(rows, labels.length)
        : sampled(
            rows,
            sampling.negatives,
            uniform(sampling.seed, `negatives of ${customer.customer} at ${cut}`),
          ),
    );
  }
  return joined(parts);
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

function query({ features, labels }: Rows, size: number): RankingRows {
  return { features, labels, groups: Int32Array.of(size), featureNames: FEATURE_NAMES };
}

/** Every row that was bought and evenly drawn others (Knuth, TAOCP 2, 3.4.2, algorithm S). */
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
  return query({ features: chosen, labels: Uint8Array.from(kept, (row) => labels[row]!) }, kept.length);
}
