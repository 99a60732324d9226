import {
  type AlsModel,
  alsParameters,
  fitAls,
  type InteractionMatrix,
  interactionMatrix,
} from '../als/index.ts';
import { alsQuality } from './als-quality.ts';
import type { FitAlsOptions } from './fitted-als.ts';
import type { AlsChoice } from './search-space.ts';
import type { CustomerAtCut } from './temporal-split.ts';

/** What ALS learns from, and whom it is then to rank for. */
export interface AlsTrial {
  readonly matrix: InteractionMatrix;
  readonly customers: readonly CustomerAtCut[];
}

export interface TuneAlsOptions extends FitAlsOptions {
  /** Multiplications to search with; some 20 seconds of two cores. */
  readonly mostWork?: number;
}

/** What is varied, one after the other. Every shop is searched alike; only its own windows decide. */
const AXES = {
  regParam: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3],
  alpha: [0.25, 1, 4, 16, 64],
  rank: [16, 32, 64, 128],
} as const satisfies { readonly [Axis in keyof AlsChoice]?: readonly number[] };
type Axis = keyof typeof AXES;

/** Share by which a choice has to rank better to be taken: less is noise. */
const LEAST_GAIN = 0.02;
/**
 * The same for another rank: with twice as many factors a customer takes four times as long to fold in, and with half of them ALS
 * adds less to other signals than it loses alone.
 */
const LEAST_GAIN_OF_RANK = 0.05;
const MOST_WORK = 1.2e11;
/** The first choice may take so large a part of them; where a shop is larger, only a sample of its customers is searched with. */
const PART_OF_TRIAL = 1 / 16;
/** Share of the customers to rank for that are drawn, at least. */
const LEAST_MEASURED = 0.2;
/** Iterations to compare choices by; then the best is given so many as suit it. */
const TRIAL_ITERATIONS = 8;
/** After fewer a model depends on where it started from. */
const LEAST_ITERATIONS = 6;
const MOST_ITERATIONS = 16;
/** Iterations without a better one after which the fit that looks for their number ends. */
const PATIENCE = 3;

/**
 * Chooses how ALS trains a shop: regularisation, confidence and rank by coordinate search from `start`, then the number of
 * iterations, all by how ALS alone ranks for the customers of the trials (`alsQuality`). Deterministic: the search ends by work that
 * is counted, never by time.
 */
export async function tuneAls(
  trials: readonly AlsTrial[],
  start: AlsChoice,
  { mostWork = MOST_WORK, ...options }: TuneAlsOptions,
): Promise<AlsChoice> {
  const workOfTrial = (PART_OF_TRIAL * mostWork) / trials.length;
  const sampled = trials.map((trial) => sampledTrial(trial, start, workOfTrial, options));
  const best = await coordinateSearch(start, new Search(sampled, mostWork, options));
  return { ...best, maxIter: await iterationsOf(sampled, best, options) };
}

interface Tried {
  readonly choice: AlsChoice;
  readonly value: number;
}

async function coordinateSearch(start: AlsChoice, search: Search): Promise<AlsChoice> {
  let best = await search.of(start);
  for (let improved = best !== null; improved; ) {
    improved = false;
    for (const axis of Object.keys(AXES) as Axis[]) {
      for (const direction of [1, -1] as const) {
        const found = await walk(best!, axis, direction, search);
        if (found === best) continue;
        best = found;
        improved = true;
      }
    }
  }
  return best?.choice ?? start;
}

/** The best on the way along one axis that ends where it gets worse; of choices that are not told apart, the one it starts from. */
async function walk(from: Tried, axis: Axis, direction: 1 | -1, search: Search): Promise<Tried> {
  const leastGain = axis === 'rank' ? LEAST_GAIN_OF_RANK : LEAST_GAIN;
  let best = from;
  for (let at = next(from.choice, axis, direction); at !== null; at = next(at, axis, direction)) {
    const tried = await search.of(at);
    if (tried === null || tried.value < best.value * (1 - LEAST_GAIN)) break;
    if (tried.value > best.value * (1 + leastGain)) best = tried;
  }
  return best;
}

/** The neighbour of a choice, also of one between the steps; null beyond the last. */
function next(choice: AlsChoice, axis: Axis, direction: 1 | -1): AlsChoice | null {
  const steps: readonly number[] = AXES[axis];
  const value =
    direction > 0 ? steps.find((step) => step > choice[axis]) : steps.findLast((step) => step < choice[axis]);
  return value === undefined ? null : { ...choice, [axis]: value };
}

/** Tries choices, each once, until the work is spent. */
class Search {
  readonly #trials: readonly AlsTrial[];
  readonly #options: FitAlsOptions;
  readonly #tried = new Map<string, Tried>();
  #workLeft: number;

  constructor(trials: readonly AlsTrial[], mostWork: number, options: FitAlsOptions) {
    this.#trials = trials;
    this.#workLeft = mostWork;
    this.#options = options;
  }

  /** null: there is no work left for it. */
  async of(choice: AlsChoice): Promise<Tried | null> {
    const name = `alpha ${choice.alpha}, regParam ${choice.regParam}, rank ${choice.rank}`;
    const known = this.#tried.get(name);
    if (known !== undefined) return known;
    this.#workLeft -= this.#trials.reduce((sum, trial) => sum + workOf(trial, choice), 0);
    if (this.#workLeft < 0) return null;
    let value = 0;
    for (const { matrix, customers } of this.#trials) {
      const parameters = alsParameters({ ...choice, maxIter: TRIAL_ITERATIONS, seed: this.#options.seed });
      value += alsQuality(await fitAls(matrix, parameters, { signal: this.#options.signal }), customers);
    }
    const tried = { choice, value };
    this.#tried.set(name, tried);
    this.#options.onProgress?.(`ALS with ${name}: ${perCustomer(value, this.#trials).toFixed(4)}`);
    return tried;
  }
}

/** After how many iterations ALS ranks the customers of all trials best. */
async function iterationsOf(
  trials: readonly AlsTrial[],
  choice: AlsChoice,
  { seed, signal, onProgress }: FitAlsOptions,
): Promise<number> {
  const qualities = new Float64Array(MOST_ITERATIONS + 1);
  // Several trials are added up iteration by iteration: none may end before the others.
  const patience = trials.length > 1 ? MOST_ITERATIONS : PATIENCE;
  for (const { matrix, customers } of trials) {
    const score = (model: AlsModel, iteration: number): number => {
      // Ever better, so that the fit goes on.
      if (iteration < LEAST_ITERATIONS) return iteration - LEAST_ITERATIONS;
      const quality = alsQuality(model, customers);
      qualities[iteration]! += quality;
      return quality;
    };
    const parameters = alsParameters({ ...choice, maxIter: MOST_ITERATIONS, seed });
    await fitAls(matrix, parameters, { signal, earlyStop: { score, patience } });
  }
  let best = LEAST_ITERATIONS;
  for (let iteration = best + 1; iteration <= MOST_ITERATIONS; iteration++)
    if (qualities[iteration]! > qualities[best]!) best = iteration;
  onProgress?.(`ALS is best after ${best} iterations: ${perCustomer(qualities[best]!, trials).toFixed(4)}`);
  return best;
}

function perCustomer(value: number, trials: readonly AlsTrial[]): number {
  const customers = trials.reduce((sum, trial) => sum + trial.customers.length, 0);
  return customers === 0 ? 0 : value / customers;
}

/** Multiplications of fitting by conjugate gradient and of ranking, about. */
function workOf({ matrix, customers }: AlsTrial, { rank }: AlsChoice): number {
  const pairs = matrix.byUser.columns.length;
  const rows = matrix.userIds.length + matrix.itemIds.length;
  const iteration = 14 * rank * pairs + 2 * rank ** 2 * rows;
  return TRIAL_ITERATIONS * iteration + rank * customers.length * matrix.itemIds.length;
}

/** The customers to rank for and, of the others, evenly spread ones. */
function sampledTrial(
  trial: AlsTrial,
  choice: AlsChoice,
  mostWork: number,
  { onProgress }: FitAlsOptions,
): AlsTrial {
  const share = mostWork / workOf(trial, choice);
  if (share >= 1) return trial;
  const { userIds, itemIds, byUser } = trial.matrix;
  const customers = trial.customers.filter((_, at) => isDrawn(at, Math.max(share, LEAST_MEASURED)));
  const measured = new Set(customers.map(({ customer }) => customer));
  const sample = rowsOf(trial.matrix, (row) => measured.has(userIds[row]!) || isDrawn(row, share));
  onProgress?.(
    `ALS is searched with a sample of ${sample.userIds.length} of ${userIds.length} customers, ` +
      `${sample.itemIds.length} of ${itemIds.length} products and ${sample.byUser.columns.length} of ${byUser.columns.length} pairs`,
  );
  return { matrix: sample, customers };
}

/** Whether position `at` is among those of an evenly spread share. */
function isDrawn(at: number, share: number): boolean {
  return Math.floor((at + 1) * share) > Math.floor(at * share);
}

function rowsOf(
  { userIds, itemIds, byUser }: InteractionMatrix,
  isIn: (row: number) => boolean,
): InteractionMatrix {
  const users: number[] = [];
  const items: number[] = [];
  const values: number[] = [];
  for (let row = 0; row < userIds.length; row++) {
    if (!isIn(row)) continue;
    for (let at = byUser.starts[row]!; at < byUser.starts[row + 1]!; at++) {
      users.push(userIds[row]!);
      items.push(itemIds[byUser.columns[at]!]!);
      values.push(byUser.values[at]!);
    }
  }
  return interactionMatrix({
    users: Int32Array.from(users),
    items: Int32Array.from(items),
    values: Float32Array.from(values),
  });
}
