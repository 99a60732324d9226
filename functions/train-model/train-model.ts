import { encodeModel } from '../../shared/als/index.ts';
import {
  type ControlTable,
  createModelRegistry,
  type ModelRegistry,
  type ModelVersion,
} from '../../shared/control/index.ts';
import type { EpochMillis } from '../../shared/domain/index.ts';
import { trainRecommender } from '../../shared/evaluation/index.ts';
import { encodeLearned } from '../../shared/ranking/index.ts';
import { ALS_RECOMMENDER, modelFolder } from '../../shared/tables/index.ts';
import { planPromotion } from './plan-promotion.ts';
import { planTraining, type TrainingSource } from './plan-training.ts';
import {
  type PinnedSource,
  pinSource,
  readCategories,
  readPurchases,
  type SourcePorts,
} from './read-source.ts';

/** As long as the window of recent popularity, so that a season weighs alike in both. */
const VALIDATION_DAYS = 14;
/** Models differ by their data alone. */
const SEED = 42;

export interface TrainModelPorts extends SourcePorts {
  readonly controlTable: ControlTable;
  readonly now: () => EpochMillis;
  readonly onProgress: (message: string) => void;
}

export interface TrainModelReport {
  /** `unchanged`: a training would give `version` again, and that is live or stays as it is. */
  readonly outcome: 'promoted' | 'kept-live' | 'unchanged' | 'nothing-sold';
  readonly version: string | null;
  readonly reason: string;
}

/**
 * Trains on every sale of the current tables, measures on a validation window at the end of the history, stores the artifact,
 * registers it under the run's id, and promotes it by one conditional write when `planPromotion` says so. A repetition of a run
 * finds its version registered and only decides on the promotion again, and so does a run that would train the newest version
 * once more (`planTraining`). Where another model went live in between, that one stays.
 */
export async function trainModel(
  { runId, asOf }: { readonly runId: string; readonly asOf: EpochMillis },
  ports: TrainModelPorts,
): Promise<TrainModelReport> {
  const registry = createModelRegistry(ports.controlTable, ALS_RECOMMENDER);
  const repeated = await registry.get(runId);
  if (repeated !== null) return promoteWhereBetter(repeated, registry, ports.now);

  const source = await pinSource(asOf, ports);
  const [newest = null] = await registry.list();
  const plan = planTraining(newest, source);
  if (plan.kind === 'reuse') {
    const wasLive = (await registry.live())?.version === plan.version.version;
    const report = await promoteWhereBetter(plan.version, registry, ports.now);
    if (report.outcome === 'promoted' && !wasLive) return report;
    return { ...report, outcome: 'unchanged', reason: `${plan.reason}; ${report.reason}` };
  }

  // A shop gets its first model within seconds; the trees come with the next run.
  const tryTrees = newest !== null;
  const candidate = await trainVersion(runId, source, tryTrees, ports);
  if (candidate === null)
    return { outcome: 'nothing-sold', version: null, reason: 'no customer has bought anything' };
  await registry.register(candidate);
  return promoteWhereBetter(candidate, registry, ports.now);
}

async function promoteWhereBetter(
  candidate: ModelVersion,
  registry: ModelRegistry,
  now: () => EpochMillis,
): Promise<TrainModelReport> {
  const { version } = candidate;
  const live = await registry.live();
  if (live?.version === version) return { outcome: 'promoted', version, reason: 'it is live already' };
  if (live?.withdrawn?.includes(version) === true)
    return { outcome: 'kept-live', version, reason: 'it was rolled back from' };
  const { promote, reason } = planPromotion(candidate, live && (await registry.get(live.version)));
  if (!promote) return { outcome: 'kept-live', version, reason };
  const promoted = await registry.promote(version, live?.version ?? null, now());
  return promoted.outcome === 'promoted'
    ? { outcome: 'promoted', version, reason }
    : { outcome: 'kept-live', version, reason: 'another model went live meanwhile' };
}

/** null: there is nothing to train on. */
async function trainVersion(
  version: string,
  source: PinnedSource,
  tryTrees: boolean,
  ports: TrainModelPorts,
): Promise<ModelVersion | null> {
  const purchases = await readPurchases(source, ports);
  if (purchases.histories.size === 0) return null;
  const trained = await trainRecommender(purchases, {
    now: source.shopTime,
    validationDays: VALIDATION_DAYS,
    seed: SEED,
    tryTrees,
    categories: await readCategories(source, ports),
    signal: ports.deadline,
    onProgress: ports.onProgress,
  });
  const createdAt = ports.now();
  const notes = {
    version,
    createdAt,
    lakeVersions: source.lakeVersions,
    metrics: trained.metrics,
    ranking: trained.settings,
  };
  const learned = trained.learned === null ? [] : encodeLearned(trained.learned);
  const files = encodeModel(trained.model, notes, learned);
  // The manifest comes last, so that a folder with a manifest is whole.
  for (const { path, bytes } of files) await ports.objectStore.put(`${modelFolder(version)}/${path}`, bytes);
  return versionOf(version, createdAt, source, trained, tryTrees);
}

function versionOf(
  version: string,
  registeredAt: EpochMillis,
  { lakeVersions, shopTime }: TrainingSource,
  { metrics, baselines, model }: Awaited<ReturnType<typeof trainRecommender>>,
  triedTrees: boolean,
): ModelVersion {
  return {
    version,
    registeredAt,
    shopTime,
    metrics,
    baselines,
    lakeVersions,
    parameters: { ...model.parameters, triedTrees },
  };
}
