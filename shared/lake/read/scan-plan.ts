import { PlatformError } from '../../errors.ts';
import type { ScanFile } from '../data-files/data-files.ts';
import { storePathOf } from '../data-files/file-path.ts';
import type { AddFile } from '../log/actions.ts';
import type { Snapshot } from '../log/snapshot.ts';
import type { Value } from '../schema/batch.ts';
import { orderOf } from '../schema/comparable.ts';
import { partitionValue } from '../schema/partition-value.ts';
import type { Predicate } from '../schema/predicate.ts';
import { type Field, physicalName, type Schema } from '../schema/schema.ts';
import {
  type Bounds,
  boundsOf,
  type FileStatistics,
  parseStatistics,
  UNBOUNDED,
} from '../stats/file-bounds.ts';
import { mayMatch } from '../stats/prune.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { DeletionVectorReader } from './deletion-vector.ts';

/** What must be opened to read rows of one version: decided from the log alone, before any data file is opened. */
export interface ScanPlan {
  readonly snapshot: Snapshot;
  /** The chosen columns, in the order asked for, by their names in the table. */
  readonly schema: Schema;
  readonly files: readonly ScanFile[];
  /** Files of the version that cannot hold a row that is wanted. */
  readonly pruned: number;
}

export interface ScanOptions {
  /** Names of columns; all where left out. */
  readonly columns?: readonly string[];
  /** Files that cannot hold a row for which it is true are left out; those that stay may hold others too. */
  readonly where?: Predicate;
}

/**
 * Chooses the files of a snapshot, reads their partition values and loads their deletion vectors. Throws
 * `lake_schema_mismatch` for a column that the table lacks, `lake_predicate_invalid` for a condition that does not fit it.
 */
export async function planScan(
  store: ObjectStore,
  snapshot: Snapshot,
  options: ScanOptions = {},
): Promise<ScanPlan> {
  const { where } = options;
  const schema = chosenColumns(snapshot, options.columns);
  const partitionColumns = columnsNamed(snapshot, snapshot.metadata.partitionColumns);
  const all = [...snapshot.files].map((add) => ({ add, partition: partitionOf(partitionColumns, add) }));
  const kept = where === undefined ? all : all.filter(filePruner(snapshot.schema, where));
  const deleted = await deletedRows(
    store,
    snapshot,
    kept.map(({ add }) => add),
  );
  const files = kept.map(({ add, partition }) => ({
    add,
    path: storePathOf(store, snapshot.path, add.path),
    partition,
    deleted: deleted.get(add) ?? null,
  }));
  return { snapshot, schema, files, pruned: all.length - kept.length };
}

/**
 * Whether a file of the snapshot, or one that was added to its table since, may hold a row for which `where` is true: by
 * its partition values, which are exact, and its statistics. False is certain. Throws `lake_predicate_invalid` as `planScan`.
 */
export function mayHoldRows(snapshot: Snapshot, where: Predicate): (file: AddFile) => boolean {
  const partitionColumns = columnsNamed(snapshot, snapshot.metadata.partitionColumns);
  const test = filePruner(snapshot.schema, where);
  return (add) => test({ add, partition: partitionOf(partitionColumns, add) });
}

/** Deletion vectors that are fetched at once. */
const VECTORS_AT_ONCE = 16;

async function deletedRows(
  store: ObjectStore,
  snapshot: Snapshot,
  adds: readonly AddFile[],
): Promise<ReadonlyMap<AddFile, Uint32Array>> {
  const vectors = new DeletionVectorReader(store, snapshot.path);
  const deleted = new Map<AddFile, Uint32Array>();
  const pending = adds.flatMap((add) =>
    add.deletionVector === undefined ? [] : [{ add, vector: add.deletionVector }],
  );
  for (let start = 0; start < pending.length; start += VECTORS_AT_ONCE) {
    const group = pending.slice(start, start + VECTORS_AT_ONCE);
    await Promise.all(group.map(async ({ add, vector }) => deleted.set(add, await vectors.read(vector))));
  }
  return deleted;
}

function chosenColumns(snapshot: Snapshot, columns: readonly string[] | undefined): Schema {
  if (columns === undefined) return snapshot.schema;
  return { type: 'struct', fields: columnsNamed(snapshot, columns) };
}

function columnsNamed({ path, schema }: Snapshot, names: readonly string[]): readonly Field[] {
  const known = new Map(schema.fields.map((column) => [column.name, column]));
  return names.map((name) => {
    const column = known.get(name);
    if (column !== undefined) return column;
    throw new PlatformError('lake_schema_mismatch', `table ${path} has no column ${name}`);
  });
}

/** A column that a file of an older partition scheme does not name is null. */
function partitionOf(columns: readonly Field[], add: AddFile): Readonly<Record<string, Value>> {
  if (columns.length === 0) return NO_PARTITION;
  return Object.fromEntries(
    columns.map((column) => [column.name, partitionValue(column, add.partitionValues[physicalName(column)])]),
  );
}

const NO_PARTITION: Readonly<Record<string, Value>> = {};

function filePruner(
  schema: Schema,
  where: Predicate,
): (file: Pick<ScanFile, 'add' | 'partition'>) => boolean {
  const test = mayMatch(where, schema);
  const columns = new Map(schema.fields.map((column) => [column.name, column]));
  return ({ add, partition }) => {
    let statistics: FileStatistics | null | undefined;
    return test((name) => {
      const column = columns.get(name);
      if (column === undefined) return UNBOUNDED;
      if (Object.hasOwn(partition, name)) return exactly(column, partition[name] ?? null);
      if (statistics === undefined) statistics = parseStatistics(add.stats);
      return boundsOf(column, statistics);
    });
  };
}

function exactly({ name, type }: Field, value: Value): Bounds {
  if (value === null) return { min: null, max: null, mayBeNull: true, mayBeValue: false };
  const comparable = orderOf(type, name).toComparable(value) ?? null;
  return { min: comparable, max: comparable, mayBeNull: false, mayBeValue: true };
}
