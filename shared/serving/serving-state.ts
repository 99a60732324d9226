import { type ControlTable, createModelRegistry } from '../control/index.ts';
import type { EpochMillis } from '../domain/index.ts';
import type { ObjectStore } from '../lake/index.ts';
import {
  keys,
  type OnlineStore,
  POPULARITY_WINDOW_FIELD,
  type PopularityWindow,
  popularityCodec,
  popularityWindowCodec,
} from '../online/index.ts';
import {
  DEFAULT_SETTINGS,
  type NewProduct,
  type Popularity,
  prepareRanker,
  type Ranker,
} from '../ranking/index.ts';
import { ALS_RECOMMENDER } from '../tables/index.ts';
import { type LiveModel, loadModel } from './live-model.ts';
import { readNewProducts } from './new-products.ts';

/** How long the live pointer and the popularity are believed, in milliseconds: a promotion shows after that. */
const TTL_MS = 2_000;

export interface ServingState {
  readonly ranker: Ranker;
  /** null before the first promotion. */
  readonly modelVersion: string | null;
  /** The moment from which the features look at the shop; null before they are built. */
  readonly featuresAsOf: EpochMillis | null;
  /** Products of which the shop knows little, as they were created. */
  readonly newProducts: readonly NewProduct[];
}

/** What the state is read from. */
export interface ServingSources {
  readonly controlTable: () => Promise<ControlTable>;
  readonly objectStore: () => Promise<ObjectStore>;
  readonly online: () => Promise<OnlineStore>;
  readonly now: () => EpochMillis;
}

export interface ServingStatePorts extends ServingSources {
  /** Told when a refresh failed and the state in memory goes on serving. */
  readonly onStale: (error: unknown) => void;
}

/** The state as it is at this moment. */
export function readServingState(sources: ServingSources): Promise<ServingState> {
  return stateReader(sources)();
}

/**
 * What requests are ranked with. It is read at the first request, and again in the background while requests go on, whether or
 * not the last reading succeeded; a model is decoded once.
 */
export function servingStateReader(ports: ServingStatePorts): () => Promise<ServingState> {
  const read = stateReader(ports);
  let state: ServingState | null = null;
  let askedAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<ServingState> | null = null;

  const refresh = async (): Promise<ServingState> => {
    state = await read();
    return state;
  };

  return async () => {
    if (ports.now() - askedAt <= TTL_MS && state !== null) return state;
    reading ??= refresh().finally(() => {
      askedAt = ports.now();
      reading = null;
    });
    if (state === null) return reading;
    reading.catch(ports.onStale);
    return state;
  };
}

/** Keeps the model and what is counted of the shop, and reads them again only where another model is live or the counts were loaded anew. */
function stateReader(sources: ServingSources): () => Promise<ServingState> {
  let model: LiveModel | null = null;
  let prepared: PreparedRanker | null = null;
  return async () => {
    const live = await createModelRegistry(await sources.controlTable(), ALS_RECOMMENDER).live();
    if (live !== null && live.version !== model?.version) {
      model = await loadModel(await sources.objectStore(), live.version);
    }
    const online = await sources.online();
    const window = await readWindow(online);
    // The window is written after the counts: whoever finds it unchanged holds counts that are no older.
    if (prepared === null || window === null || window !== prepared.window || model !== prepared.model) {
      prepared = { window, model, ranker: await prepare(model, window, online) };
    }
    return {
      ranker: prepared.ranker,
      modelVersion: model?.version ?? null,
      featuresAsOf: window === null ? null : popularityWindowCodec.decode(window).asOf,
      newProducts: await readNewProducts(online, sources.now()),
    };
  };
}

/** What a ranker was made of; made anew it blocks the thread, by about half a second at 100,000 products. */
interface PreparedRanker {
  /** As it is stored. */
  readonly window: string | null;
  readonly model: LiveModel | null;
  readonly ranker: Ranker;
}

async function prepare(model: LiveModel | null, window: string | null, online: OnlineStore): Promise<Ranker> {
  const settings = model?.settings ?? DEFAULT_SETTINGS;
  const counted = window === null ? null : popularityWindowCodec.decode(window);
  return prepareRanker({
    settings,
    popularity: await readPopularity(online, settings.popularityDays, counted),
    items: model?.items ?? null,
    learned: model?.learned ?? null,
  });
}

/** The windows that the features count sales in, shortest first: a ranker's own window is rounded up to one. */
const LONGEST_COUNTED = { days: 28, purchases: 'purchases28d', orders: 'orders28d' } as const;
const COUNTED = [
  { days: 7, purchases: 'purchases7d', orders: 'orders7d' },
  { days: 14, purchases: 'purchases14d', orders: 'orders14d' },
  LONGEST_COUNTED,
] as const;

/** null before the features are built. */
async function readWindow(online: OnlineStore): Promise<string | null> {
  const [windows = new Map()] = await online.read([keys.popularityWindow]);
  return windows.get(POPULARITY_WINDOW_FIELD) ?? null;
}

async function readPopularity(
  online: OnlineStore,
  days: number,
  window: PopularityWindow | null,
): Promise<Popularity> {
  const [products = new Map()] = await online.read([keys.recentPopularity]);
  const counts = COUNTED.find((counted) => days <= counted.days) ?? LONGEST_COUNTED;
  const recent = new Map<number, number>();
  const overall = new Map<number, number>();
  const decayedOrders = new Map<number, number>();
  const decayedFirstOrders = new Map<number, number>();
  for (const value of products.values()) {
    const product = popularityCodec.decode(value);
    overall.set(product.productId, product.purchases);
    decayedOrders.set(product.productId, product.decayedOrders);
    decayedFirstOrders.set(product.productId, product.decayedFirstOrders);
    const counted = product[counts.purchases];
    if (counted > 0) recent.set(product.productId, counted);
  }
  const baskets = window === null ? 0 : window[counts.orders];
  return { days: counts.days, baskets, recent, overall, decayedOrders, decayedFirstOrders };
}
