import { popularityOf } from '../ranking/index.ts';
import { DECAYED_COUNT_CHOICES, decayedCount } from './decayed-count.ts';
import { type Method, measure } from './measure.ts';
import type { CustomerAtCut, TemporalSplit } from './temporal-split.ts';
import { TIFU_CHOICES, tifuKnn } from './tifu-knn.ts';
import { UP_CF_CHOICES, upCf } from './up-cf.ts';

export interface TunedBaseline {
  readonly method: Method;
  /** What was chosen on the validation window. */
  readonly parameters: Readonly<Record<string, number>>;
}

/** More customers make choosing slower and hardly better. */
const MAX_CUSTOMERS = 500;

/**
 * The published methods that a learned one has to beat, each with the parameters that rank best on `validation` by NDCG@10 with
 * repeats allowed: a baseline that was not tuned proves nothing.
 * @param validation a window before the cut of `split`
 */
export function tunedBaselines(validation: TemporalSplit, split: TemporalSplit): TunedBaseline[] {
  return [
    tuned(DECAYED_COUNT_CHOICES, decayedCount, validation, split),
    tuned(TIFU_CHOICES, tifuKnn, validation, split),
    tuned(UP_CF_CHOICES, upCf, validation, split),
  ];
}

type MakeMethod<Parameters> = (
  split: TemporalSplit,
  catalogue: Int32Array,
  ties: Float64Array,
  parameters: Parameters,
) => Method;

function tuned<Parameters extends object>(
  choices: readonly Parameters[],
  make: MakeMethod<Parameters>,
  validation: TemporalSplit,
  split: TemporalSplit,
): TunedBaseline {
  const at = shopAt(validation);
  const customers = evenlySpread(validation.customers, MAX_CUSTOMERS);
  let best = { parameters: choices[0]!, ndcg: Number.NEGATIVE_INFINITY };
  for (const parameters of choices) {
    const method = make(validation, at.catalogue, at.overall, parameters);
    const { ndcg } = measure(method, at.catalogue, customers, 10).any;
    if (ndcg > best.ndcg) best = { parameters, ndcg };
  }
  const { catalogue, overall } = shopAt(split);
  return {
    method: make(split, catalogue, overall, best.parameters),
    parameters: { ...best.parameters } as Readonly<Record<string, number>>,
  };
}

/** Every product sold before the cut, ascending, and in how many baskets. */
function shopAt({ before, cut }: TemporalSplit): { catalogue: Int32Array; overall: Float64Array } {
  const { overall } = popularityOf(before, cut, 0);
  const catalogue = Int32Array.from(overall.keys()).sort();
  return { catalogue, overall: Float64Array.from(catalogue, (product) => overall.get(product) ?? 0) };
}

function evenlySpread(customers: readonly CustomerAtCut[], most: number): readonly CustomerAtCut[] {
  if (customers.length <= most) return customers;
  return Array.from({ length: most }, (_, i) => customers[Math.floor((i * customers.length) / most)]!);
}
