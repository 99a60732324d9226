import type { EpochMillis } from '../domain/index.ts';
import type { ControlItem, ControlTable } from './control-table.ts';
import { decodeItem, encodeItem } from './item-format.ts';
import { type Decision, updateItem } from './update-item.ts';

/** One trained model: what it is called, how good it was when measured, and from what it was made. */
export interface ModelVersion {
  readonly version: string;
  readonly registeredAt: EpochMillis;
  /** The moment that its training looked back from; absent where whoever registered it did not say. */
  readonly shopTime?: EpochMillis;
  /** Of the model, e.g. `{ndcgAt10: 0.37}`. */
  readonly metrics: Metrics;
  /** The same metrics of what it was compared with, by name, e.g. `{popularity: {ndcgAt10: 0.07}}`. */
  readonly baselines: Readonly<Record<string, Metrics>>;
  /** Lake table to the version that was read. */
  readonly lakeVersions: Readonly<Record<string, number>>;
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
}

export type Metrics = Readonly<Record<string, number>>;

export interface LiveModel {
  readonly version: string;
  readonly promotedAt: EpochMillis;
  /** Versions that were live before, last first; what rollback returns to. */
  readonly previous: readonly string[];
  /** Versions that were rolled back from; no training makes one of them live again. Absent: none. */
  readonly withdrawn?: readonly string[];
}

export type Registered = { readonly outcome: 'registered' } | { readonly outcome: 'exists' };

export type Promoted =
  | { readonly outcome: 'promoted'; readonly live: LiveModel }
  /** Another model went live since `expectedLive` was read. */
  | { readonly outcome: 'conflict'; readonly live: LiveModel | null }
  | { readonly outcome: 'unknown-version' };

export type RolledBack =
  | { readonly outcome: 'rolled-back'; readonly live: LiveModel }
  | { readonly outcome: 'conflict'; readonly live: LiveModel | null }
  | { readonly outcome: 'nothing-before' };

export interface ModelRegistry {
  /** A version is registered once and never changes. */
  register(model: ModelVersion): Promise<Registered>;
  get(version: string): Promise<ModelVersion | null>;
  /** Newest first. */
  list(): Promise<readonly ModelVersion[]>;
  live(): Promise<LiveModel | null>;
  /**
   * One conditional write of the live pointer: goes live only where `expectedLive` (null: none) is still live. A version that was
   * rolled back from is no longer withdrawn.
   */
  promote(version: string, expectedLive: string | null, now: EpochMillis): Promise<Promoted>;
  /** Returns to the version that was live before `expectedLive`, which is withdrawn. */
  rollback(expectedLive: string, now: EpochMillis): Promise<RolledBack>;
}

/** The registry of the model `name`, e.g. `als_recommender`. */
export function createModelRegistry(table: ControlTable, name: string): ModelRegistry {
  const partition = `model#${name}`;
  const liveKey = { partition, sort: 'live' };
  const versionKey = (version: string) => ({ partition, sort: `version#${version}` });

  const registry: ModelRegistry = {
    register: async (model) => {
      const put = await table.put(versionKey(model.version), encodeItem(VERSION_FORMAT, model), null);
      return { outcome: put.outcome === 'stored' ? 'registered' : 'exists' };
    },

    get: async (version) => {
      const item = await table.get(versionKey(version));
      return item && decodeItem<ModelVersion>(VERSION_FORMAT, item);
    },

    list: async () => {
      const items = await table.query({ partition, sortPrefix: 'version#' });
      const models = items.map((item) => decodeItem<ModelVersion>(VERSION_FORMAT, item));
      return models.sort((a, b) => b.registeredAt - a.registeredAt);
    },

    live: async () => decodeLive(await table.get(liveKey)),

    promote: async (version, expectedLive, now) => {
      if ((await registry.get(version)) === null) return { outcome: 'unknown-version' };
      return updateItem(table, liveKey, (current): Decision<Promoted> => {
        const live = decodeLive(current);
        if ((live?.version ?? null) !== expectedLive)
          return { write: null, result: { outcome: 'conflict', live } };
        const previous = live ? [live.version, ...live.previous].slice(0, KEPT_PREVIOUS) : [];
        const withdrawn = (live?.withdrawn ?? []).filter((other) => other !== version);
        const next = liveModel(version, now, previous, withdrawn);
        return { write: encodeItem(LIVE_FORMAT, next), result: { outcome: 'promoted', live: next } };
      });
    },

    rollback: (expectedLive, now) =>
      updateItem(table, liveKey, (current): Decision<RolledBack> => {
        const live = decodeLive(current);
        if (live?.version !== expectedLive) return { write: null, result: { outcome: 'conflict', live } };
        const [version, ...previous] = live.previous;
        if (version === undefined) return { write: null, result: { outcome: 'nothing-before' } };
        const others = (live.withdrawn ?? []).filter((other) => other !== version && other !== expectedLive);
        const next = liveModel(version, now, previous, [expectedLive, ...others]);
        return { write: encodeItem(LIVE_FORMAT, next), result: { outcome: 'rolled-back', live: next } };
      }),
  };
  return registry;
}

const VERSION_FORMAT = 'model-version/1';
const LIVE_FORMAT = 'live-model/1';
const KEPT_PREVIOUS = 20;

function liveModel(
  version: string,
  promotedAt: EpochMillis,
  previous: readonly string[],
  withdrawn: readonly string[],
): LiveModel {
  const kept = withdrawn.slice(0, KEPT_PREVIOUS);
  return { version, promotedAt, previous, ...(kept.length === 0 ? {} : { withdrawn: kept }) };
}

function decodeLive(item: ControlItem | null): LiveModel | null {
  return item && decodeItem<LiveModel>(LIVE_FORMAT, item);
}
