import { epochMillis, productId, type UserId, userId } from '../../shared/domain/index.ts';
import { interactionsByUser, type QueryEngine } from '../../shared/features/index.ts';
import {
  type ObjectStore,
  readSnapshot,
  rowsOfBatch,
  type Snapshot,
  type Table,
} from '../../shared/lake/index.ts';
import {
  interactionCodec,
  keys,
  type OnlineHash,
  type OnlineStore,
  POPULARITY_WINDOW_FIELD,
  popularityCodec,
  popularityWindowCodec,
} from '../../shared/online/index.ts';
import {
  PRODUCT_POPULARITY,
  pinnedTable,
  SHOP_ACTIVITY,
  USER_ITEM_INTERACTIONS,
} from '../../shared/tables/index.ts';

export interface LoadOnlineStorePorts {
  readonly lakeTable: (path: string) => Table;
  readonly objectStore: ObjectStore;
  readonly engine: QueryEngine;
  readonly online: OnlineStore;
  readonly deadline?: AbortSignal;
}

export interface LoadOnlineStoreReport {
  /** Feature table -> the version that was loaded; null where there is no table yet. */
  readonly versions: Readonly<Record<string, number | null>>;
  readonly users: number;
  readonly interactions: number;
  /** Customers whose interactions were emptied, because they have none any more. */
  readonly removedUsers: number;
  readonly products: number;
}

/**
 * Loads `user:{id}:interactions` of every customer and `popularity:*` from one pinned version of each feature table.
 * The index of customers names a customer before the hash exists and until after it is gone, so a run that broke off
 * leaves nothing that the next one does not find.
 */
export async function loadOnlineStore(ports: LoadOnlineStorePorts): Promise<LoadOnlineStoreReport> {
  const { online } = ports;
  const interactions = await ports.lakeTable(USER_ITEM_INTERACTIONS.name).snapshot();
  const popularity = await ports.lakeTable(PRODUCT_POPULARITY.name).snapshot();
  const activity = await ports.lakeTable(SHOP_ACTIVITY.name).snapshot();

  const [indexed] = await online.read([keys.interactionUsers]);
  const stale = new Set(indexed?.keys());
  const loaded = new Set<string>();
  let count = 0;
  for await (const hashes of interactionHashes(interactions, ports)) {
    for (const [user, hash] of hashes) {
      stale.delete(String(user));
      loaded.add(String(user));
      count += hash.size;
    }
    await online.replace([[keys.interactionUsers, indexOf([...stale, ...loaded])]]);
    await online.replace(hashes.map(([user, hash]) => [keys.userInteractions(user), hash]));
  }
  await online.replace([...stale].map((user) => [keys.userInteractions(userId(Number(user))), new Map()]));
  await online.replace([[keys.interactionUsers, indexOf(loaded)]]);

  const popular = await popularityHash(popularity, ports.objectStore);
  await online.replace([
    [keys.recentPopularity, popular],
    [keys.popularityWindow, await popularityWindowHash(activity, ports.objectStore)],
  ]);
  return {
    versions: {
      [USER_ITEM_INTERACTIONS.name]: interactions?.version ?? null,
      [PRODUCT_POPULARITY.name]: popularity?.version ?? null,
      [SHOP_ACTIVITY.name]: activity?.version ?? null,
    },
    users: loaded.size,
    interactions: count,
    removedUsers: stale.size,
    products: popular.size,
  };
}

/** Whole hashes, some customers at a time; no customer comes twice. */
async function* interactionHashes(
  snapshot: Snapshot | null,
  { engine, objectStore, deadline }: LoadOnlineStorePorts,
): AsyncGenerator<readonly (readonly [UserId, OnlineHash])[]> {
  // The last customer of a batch may go on in the next one.
  let open: { user: UserId; hash: Map<string, string> } | null = null;
  const rows = interactionsByUser({
    engine,
    interactions: await pinnedTable(USER_ITEM_INTERACTIONS, snapshot, objectStore),
    ...(deadline === undefined ? {} : { deadline }),
  });
  for await (const { rowCount, columns } of rows) {
    const complete: (readonly [UserId, OnlineHash])[] = [];
    for (let i = 0; i < rowCount; i += 1) {
      const user = userId(columns.user_id?.[i]);
      if (open === null || open.user !== user) {
        if (open !== null) complete.push([open.user, open.hash]);
        open = { user, hash: new Map() };
      }
      const product = productId(columns.product_id?.[i]);
      const score = Number(columns.interaction_score?.[i]);
      open.hash.set(String(product), interactionCodec.encode({ productId: product, score }));
    }
    yield complete;
  }
  if (open !== null) yield [[open.user, open.hash]];
}

async function popularityHash(snapshot: Snapshot | null, store: ObjectStore): Promise<OnlineHash> {
  const hash = new Map<string, string>();
  if (snapshot === null) return hash;
  for await (const batch of readSnapshot(store, snapshot)) {
    for (const row of rowsOfBatch(batch)) {
      const product = productId(row.product_id);
      const value = popularityCodec.encode({
        productId: product,
        purchases: Number(row.purchase_count),
        purchases7d: Number(row.purchase_count_7d),
        purchases14d: Number(row.purchase_count_14d),
        purchases28d: Number(row.purchase_count_28d),
        decayedOrders: Number(row.decayed_orders ?? 0),
        decayedFirstOrders: Number(row.decayed_first_orders ?? 0),
      });
      hash.set(String(product), value);
    }
  }
  return hash;
}

async function popularityWindowHash(snapshot: Snapshot | null, store: ObjectStore): Promise<OnlineHash> {
  const hash = new Map<string, string>();
  if (snapshot === null) return hash;
  for await (const batch of readSnapshot(store, snapshot)) {
    for (const row of rowsOfBatch(batch)) {
      const window = {
        asOf: epochMillis(Number(row.as_of) / 1_000),
        orders7d: Number(row.orders_7d),
        orders14d: Number(row.orders_14d),
        orders28d: Number(row.orders_28d),
      };
      hash.set(POPULARITY_WINDOW_FIELD, popularityWindowCodec.encode(window));
    }
  }
  return hash;
}

function indexOf(users: Iterable<string>): OnlineHash {
  return new Map([...users].map((user) => [user, '']));
}
