import { arrayOf, type Field, field, type Schema, schemaOf } from '../lake/index.ts';
import { SHOP_COLUMNS, SHOP_TABLES, type ShopTable } from './shop-tables.ts';

/** One Delta table of the lakehouse. */
export interface LakeTable {
  /** Also its path in the object store, e.g. `raw/orders`. */
  readonly name: string;
  readonly schema: Schema;
  /** Columns that tell rows apart; of `raw/*` those of one change. */
  readonly primaryKey: readonly string[];
  /** Table properties at creation. */
  readonly configuration: Readonly<Record<string, string>>;
}

/** What every row of `raw/*` says about its change, after the columns of the shop's table. */
export const CHANGE_COLUMNS: readonly Field[] = [
  field('_op', 'string'),
  field('_ts', 'timestamp'),
  field('_commit_lsn', 'long'),
  field('_lsn', 'long'),
  field('_tx_index', 'integer'),
  field('_topic', 'string'),
  field('_partition', 'integer'),
  field('_offset', 'long'),
];

/**
 * How long a query, a slow writer or a follower of changes may take, and how far time travel reaches. At a commit a second a
 * day would leave 86,400 small files in the store after they are joined, and as many tombstones in each checkpoint; six
 * hours are 25 times what the longest function may take, and 36 runs of the pipeline on one's own machine. One that runs
 * once a day reads the joined files whole instead of the changes, which is less work by then.
 */
const SHORT_RETENTION = {
  'delta.deletedFileRetentionDuration': 'interval 6 hours',
  'delta.logRetentionDuration': 'interval 6 hours',
};

/** A table that gets a commit a second would spend more on checkpoints than on rows at the default of ten. */
const BUSY = { ...SHORT_RETENTION, 'delta.checkpointInterval': '50' };

/** A table that every run of the pipeline writes anew, whole or in part. */
const DERIVED = SHORT_RETENTION;

/**
 * A merge writes the files around its keys anew, some 70,000 rows each at this size, in bytes: keys grow with time, and what
 * changes together lies together.
 */
const MERGED = { ...DERIVED, 'delta.targetFileSize': '1048576' };

/** Every change of a shop table: the row after it, or before it where it was deleted. Append only. */
export function rawTable(table: ShopTable): LakeTable {
  return {
    name: `raw/${table}`,
    schema: schemaOf(...SHOP_COLUMNS[table].columns, ...CHANGE_COLUMNS),
    primaryKey: ['_topic', '_partition', '_offset'],
    configuration: BUSY,
  };
}

/** The latest row per key of a shop table. */
export function currentTable(table: ShopTable): LakeTable {
  return {
    name: `current/${table}`,
    schema: schemaOf(...SHOP_COLUMNS[table].columns),
    primaryKey: [SHOP_COLUMNS[table].primaryKey],
    configuration: MERGED,
  };
}

export const USER_ITEM_INTERACTIONS: LakeTable = {
  name: 'features/user_item_interactions',
  schema: schemaOf(
    field('user_id', 'integer'),
    field('product_id', 'integer'),
    field('interaction_score', 'double'),
    field('order_count', 'integer'),
    field('last_ordered_at', 'timestamp'),
  ),
  primaryKey: ['user_id', 'product_id'],
  configuration: DERIVED,
};

export const PRODUCT_POPULARITY: LakeTable = {
  name: 'features/product_popularity',
  schema: schemaOf(
    field('product_id', 'integer'),
    field('purchase_count', 'integer'),
    field('purchase_count_7d', 'integer'),
    field('purchase_count_14d', 'integer'),
    field('purchase_count_28d', 'integer'),
    field('decayed_orders', 'double'),
    field('decayed_first_orders', 'double'),
    field('avg_price', 'decimal(10,2)'),
    field('units', 'long'),
    field('revenue', 'decimal(18,2)'),
    field('last_ordered_at', 'timestamp'),
  ),
  primaryKey: ['product_id'],
  configuration: DERIVED,
};

/** One row: the moment from which the features look at the shop, and the sales before it. */
export const SHOP_ACTIVITY: LakeTable = {
  name: 'features/shop_activity',
  schema: schemaOf(
    field('as_of', 'timestamp'),
    field('orders_7d', 'integer'),
    field('orders_14d', 'integer'),
    field('orders_28d', 'integer'),
  ),
  primaryKey: ['as_of'],
  configuration: DERIVED,
};

/** `recency` in whole days, `frequency` in orders, `monetary` in the shop's currency; scores 1 (worst) to 5. */
export const USER_RFM: LakeTable = {
  name: 'features/user_rfm',
  schema: schemaOf(
    field('user_id', 'integer'),
    field('recency', 'integer'),
    field('frequency', 'integer'),
    field('monetary', 'decimal(18,2)'),
    field('r_score', 'integer'),
    field('f_score', 'integer'),
    field('m_score', 'integer'),
    field('segment', 'string'),
  ),
  primaryKey: ['user_id'],
  configuration: DERIVED,
};

/**
 * Every recommendation that was answered, one row per item. `user_id` is null for a list of nobody; `about` are the products that it
 * was asked for. `features` is what the item was ranked by, in the order of the definition that `feature_set` names, null in it
 * what was not known; both null where something else ranked the item.
 */
export const RECOMMENDATIONS: LakeTable = {
  name: 'serving/recommendations',
  schema: schemaOf(
    field('recommendation_id', 'string'),
    field('user_id', 'integer'),
    field('generated_at', 'timestamp'),
    field('shelf', 'string'),
    field('fallback', 'string'),
    field('model_version', 'string'),
    field('position', 'integer'),
    field('product_id', 'integer'),
    field('score', 'double'),
    field('source', 'string'),
    field('reason', 'string'),
    field('about', arrayOf('integer')),
    field('feature_set', 'string'),
    field('features', arrayOf('float', true)),
  ),
  primaryKey: ['recommendation_id', 'position'],
  configuration: BUSY,
};

/** The list of every customer as the latest run ranked it, one row per item; time travel has the lists of earlier runs. */
export const BATCH_RECOMMENDATIONS: LakeTable = {
  name: 'serving/batch_recommendations',
  schema: schemaOf(
    field('user_id', 'integer'),
    field('shelf', 'string'),
    field('position', 'integer'),
    field('product_id', 'integer'),
    field('score', 'double'),
    field('source', 'string'),
    field('reason', 'string'),
    field('fallback', 'string'),
    field('model_version', 'string'),
    field('generated_at', 'timestamp'),
  ),
  primaryKey: ['user_id', 'shelf', 'position'],
  configuration: DERIVED,
};

/** Records that could not be applied, with their original bytes, so that they can be replayed. */
export const QUARANTINE: LakeTable = {
  name: 'quarantine/records',
  schema: schemaOf(
    field('topic', 'string'),
    field('partition', 'integer'),
    field('offset', 'long'),
    field('timestamp', 'timestamp'),
    field('key', 'binary'),
    field('value', 'binary'),
    field('headers', 'string'),
    field('reason', 'string'),
    field('function', 'string'),
    field('quarantined_at', 'timestamp'),
  ),
  primaryKey: ['topic', 'partition', 'offset', 'function'],
  configuration: {},
};

/** All tables of the lakehouse: what `status` counts and `sql` offers. */
export const LAKE_TABLES: readonly LakeTable[] = [
  ...SHOP_TABLES.map(rawTable),
  ...SHOP_TABLES.map(currentTable),
  USER_ITEM_INTERACTIONS,
  PRODUCT_POPULARITY,
  SHOP_ACTIVITY,
  USER_RFM,
  RECOMMENDATIONS,
  BATCH_RECOMMENDATIONS,
  QUARANTINE,
];
