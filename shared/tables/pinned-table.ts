import {
  type ObjectStore,
  type Predicate,
  planScan,
  type ScanFile,
  type Snapshot,
  type Value,
} from '../lake/index.ts';
import type { LakeTable } from './catalogue.ts';

/** A table as SQL over one of its snapshots sees it; without a snapshot it is empty, yet has its columns. */
export interface PinnedTable {
  /** A column whose files name it otherwise says so in its metadata, as Delta's column mapping has it. */
  readonly schema: LakeTable['schema'];
  readonly files: readonly PinnedFile[];
}

/** A Parquet data file, and what the log tells of its rows. */
export interface PinnedFile {
  /** As the object store names it for engines. */
  readonly uri: string;
  /** Value of each partition column, which are not in the file. */
  readonly partition: Readonly<Record<string, Value>>;
  /** Ordinals in the file, ascending, of rows that are no longer of the table; null where there are none. */
  readonly deleted: Uint32Array | null;
}

/**
 * The table's columns over the files of a snapshot.
 * @param where leaves out files without a row for which it is true; the rows of the others are all there
 */
export async function pinnedTable(
  table: Pick<LakeTable, 'schema'>,
  snapshot: Snapshot | null,
  store: ObjectStore,
  { where }: { readonly where?: Predicate } = {},
): Promise<PinnedTable> {
  if (snapshot === null) return { schema: table.schema, files: [] };
  const plan = await planScan(store, snapshot, where === undefined ? {} : { where });
  return tableOfFiles({ schema: withMapping(table.schema, snapshot.schema) }, plan.files, store);
}

/** The table's columns over some of its files. */
export function tableOfFiles(
  { schema }: Pick<LakeTable, 'schema'>,
  files: readonly ScanFile[],
  store: ObjectStore,
): PinnedTable {
  return {
    schema,
    files: files.map(({ path, partition, deleted }) => ({ uri: store.uri(path), partition, deleted })),
  };
}

/** Another engine may have mapped the columns of a table that ours describe: its own metadata says how. */
function withMapping(ours: LakeTable['schema'], stored: LakeTable['schema']): LakeTable['schema'] {
  const known = new Map(stored.fields.map((column) => [column.name, column]));
  return {
    type: 'struct',
    fields: ours.fields.map((column) => ({
      ...column,
      metadata: known.get(column.name)?.metadata ?? column.metadata,
    })),
  };
}
