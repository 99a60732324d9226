import { setImmediate as breathe } from 'node:timers/promises';
import {
  type EpochMillis,
  microsOfMillis,
  shopTime,
  type UserId,
  userId,
} from '../../shared/domain/index.ts';
import { PlatformError } from '../../shared/errors.ts';
import {
  type Batch,
  type BatchRow,
  batchOfRows,
  type ObjectStore,
  readSnapshot,
  type Table,
  txnVersion,
} from '../../shared/lake/index.ts';
import { keys, type OnlineStore } from '../../shared/online/index.ts';
import { type Purchase, type Recommendations, recommend } from '../../shared/ranking/index.ts';
import {
  exposureOf,
  historyIn,
  isSellable,
  type NewProductDial,
  ProductReader,
  type ServingState,
} from '../../shared/serving/index.ts';
import { BATCH_RECOMMENDATIONS, currentTable } from '../../shared/tables/index.ts';

export interface BuildRecommendationsPorts {
  readonly lakeTable: (path: string) => Table;
  readonly objectStore: ObjectStore;
  readonly online: OnlineStore;
  /** As it is now, not as it was when this process began. */
  readonly servingState: () => Promise<ServingState>;
  readonly now: () => EpochMillis;
  readonly deadline: AbortSignal;
  readonly onProgress: (message: string) => void;
  /** New products are given no places where it is left out. */
  readonly newProducts?: NewProductDial;
}

export interface BuildRecommendationsReport {
  /** `kept`: this run, or a later one, had written its lists already. */
  readonly outcome: 'written' | 'kept';
  /** Of the table. */
  readonly version: number | null;
  readonly modelVersion: string | null;
  readonly customers: number;
  readonly rows: number;
}

const SHELF = 'for-you';
const LIST_LENGTH = 20;
/** What bounds memory beside the catalogue: histories and rows of so many customers. */
const CUSTOMERS_AT_ONCE = 100;
const PRODUCTS_AT_ONCE = 1_000;
/** Progress is told so often. */
const STEPS = 10;

/**
 * Ranks the for-you list of every customer as a request at this moment would, and replaces the rows of
 * `serving/batch_recommendations` by them in one commit. A run that is repeated, or that a later one has overtaken, writes nothing;
 * one that breaks off leaves the table as it was.
 * @throws PlatformError `recommendations_unfinished` when the deadline comes first
 */
export async function buildRecommendations(
  { runId, asOf }: { readonly runId: string; readonly asOf: EpochMillis },
  ports: BuildRecommendationsPorts,
): Promise<BuildRecommendationsReport> {
  const { name, schema, configuration } = BATCH_RECOMMENDATIONS;
  const table = ports.lakeTable(name);
  // A later run has a later time, so the time is the version.
  const txn = { appId: `build-recommendations/${name}`, version: asOf };
  const before = await table.snapshot();
  if ((txnVersion(before, txn.appId) ?? -1) >= txn.version) return kept(before?.version ?? null);

  const customers = await customersOf(ports);
  const state = await ports.servingState();
  const { modelVersion } = state;
  let rows = 0;
  const batches = async function* (): AsyncGenerator<Batch> {
    for await (const batch of rankedLists(customers, state, ports)) {
      rows += batch.rowCount;
      yield batch;
    }
  };
  const written = await table.overwrite({
    schema,
    configuration,
    batches: batches(),
    txns: [txn],
    userMetadata: JSON.stringify({ runId, asOf, modelVersion }),
  });
  if (written.outcome !== 'committed') return kept((await table.snapshot())?.version ?? null);
  return { outcome: 'written', version: written.version, modelVersion, customers: customers.length, rows };
}

function kept(version: number | null): BuildRecommendationsReport {
  return { outcome: 'kept', version, modelVersion: null, customers: 0, rows: 0 };
}

/** Every customer of the shop, ascending. */
async function customersOf({
  lakeTable,
  objectStore,
}: Pick<BuildRecommendationsPorts, 'lakeTable' | 'objectStore'>): Promise<Int32Array> {
  const snapshot = await lakeTable(currentTable('users').name).snapshot();
  const ids: number[] = [];
  if (snapshot !== null) {
    for await (const { rowCount, columns } of readSnapshot(objectStore, snapshot, { columns: ['user_id'] }))
      for (let row = 0; row < rowCount; row++) ids.push(columns.user_id?.[row] as number);
  }
  return Int32Array.from(ids).sort();
}

/** Rows of some customers at a time; every list is of the one moment at which the first is ranked. */
async function* rankedLists(
  customers: Int32Array,
  { ranker, modelVersion, featuresAsOf, newProducts }: ServingState,
  { online, now, deadline, onProgress, newProducts: dial }: BuildRecommendationsPorts,
): AsyncGenerator<Batch> {
  const generatedAt = now();
  const at = shopTime(generatedAt, featuresAsOf);
  const products = new ProductReader(online);
  for (let from = 0; from < ranker.catalogue.length; from += PRODUCTS_AT_ONCE)
    await products.read(ranker.catalogue.subarray(from, from + PRODUCTS_AT_ONCE));
  await products.read(newProducts.map(({ product }) => product));
  const listOf = (user: UserId, history: Purchase[]): Recommendations =>
    recommend(ranker, {
      history,
      exposure: dial && exposureOf(newProducts, dial, user, generatedAt),
      now: at,
      shelf: SHELF,
      n: LIST_LENGTH,
      eligible: (product) => isSellable(products.known(product)),
      nameOf: (product) => products.known(product)?.name,
    });

  const step = Math.ceil(customers.length / STEPS);
  for (let from = 0; from < customers.length; from += CUSTOMERS_AT_ONCE) {
    // Lets the deadline come, which a store in this process would not.
    await breathe();
    if (deadline.aborted) throw unfinished(from, customers.length);
    const users = Array.from(customers.subarray(from, from + CUSTOMERS_AT_ONCE), userId);
    const histories = await readHistories(users, at, online);
    // What was bought since the features were built may be of products that the ranker does not list yet.
    await products.read(histories.flatMap((history) => history.map(({ product }) => product)));
    const rows = users.flatMap((user, index) =>
      rowsOf(user, listOf(user, histories[index] ?? []), generatedAt, modelVersion),
    );
    yield batchOfRows(BATCH_RECOMMENDATIONS.schema, rows);
    const done = from + users.length;
    if (Math.floor(done / step) > Math.floor(from / step))
      onProgress(`ranked the lists of ${done} of ${customers.length} customers`);
  }
}

async function readHistories(
  users: readonly UserId[],
  at: EpochMillis,
  online: OnlineStore,
): Promise<Purchase[][]> {
  const hashes = await online.read(users.map(keys.userRecent));
  return hashes.map((recent) => historyIn(recent, at));
}

function rowsOf(
  user: UserId,
  { fallback, items }: Recommendations,
  generatedAt: EpochMillis,
  modelVersion: string | null,
): BatchRow[] {
  return items.map(({ product, score, source, reason }, index) => ({
    user_id: user,
    shelf: SHELF,
    position: index + 1,
    product_id: product,
    score,
    source,
    reason,
    fallback,
    model_version: modelVersion,
    generated_at: microsOfMillis(generatedAt),
  }));
}

function unfinished(done: number, customers: number): PlatformError {
  return new PlatformError(
    'recommendations_unfinished',
    `the lists of ${done} of ${customers} customers were ranked when the time was over; raise the timeout of build-recommendations`,
  );
}
