import { PlatformError } from '../../errors.ts';
import type { DataFiles, WrittenFiles } from '../data-files/data-files.ts';
import type { AddFile } from '../log/actions.ts';
import type { Snapshot } from '../log/snapshot.ts';
import type { BatchRow } from '../schema/batch.ts';
import { partitionValue } from '../schema/partition-value.ts';
import type { Predicate } from '../schema/predicate.ts';
import type { Schema } from '../schema/schema.ts';
import { tableTarget } from './data-file-target.ts';
import type { LakeEnvironment } from './environment.ts';
import { partitionTest, strayColumn } from './partition-test.ts';
import { predicateText } from './predicate-text.ts';
import { metadataFor, requireReplaceable } from './table-metadata.ts';
import { type CommitIntent, findSuperseded, type Superseded } from './transaction.ts';
import type { AppendWrite, OverwriteWrite } from './write-requests.ts';
import { writeRows } from './write-rows.ts';

/** Rows to add to a table, and which of its rows go. */
export type RowsWrite =
  | { readonly mode: 'append'; readonly request: AppendWrite }
  | { readonly mode: 'overwrite'; readonly request: OverwriteWrite };

/** Rows in their files. Their commit is decided anew on every snapshot that it may follow, with the same files. */
export interface PreparedRows {
  readonly write: RowsWrite;
  readonly partitionColumns: readonly string[];
  readonly written: WrittenFiles;
}

/** Refuses what the table does not take, then writes the data files. */
export async function prepareRows(
  files: DataFiles,
  path: string,
  base: Snapshot | null,
  write: RowsWrite,
  environment: LakeEnvironment,
): Promise<PreparedRows> {
  const { request } = write;
  metadataFor(path, base, request, environment);
  if (base !== null && write.mode === 'overwrite') requireReplaceable(base);
  const partitionColumns = base?.metadata.partitionColumns ?? request.partitionBy ?? [];
  const metadata = { configuration: base?.metadata.configuration ?? request.configuration ?? {} };
  const target = tableTarget({ path, schema: request.schema, metadata }, environment);
  const requirePartition = replacedPartitions(write, request.schema, partitionColumns);
  const written = await writeRows(files, { target, partitionColumns, requirePartition }, request.batches);
  return { write, partitionColumns, written };
}

/**
 * The commit of prepared rows after `base`. An append adds the same files whatever came before; an overwrite removes what is
 * there by then, so that neither has read anything that a rival could change.
 */
export function intentOfRows(
  path: string,
  base: Snapshot | null,
  { write, partitionColumns, written }: PreparedRows,
  environment: LakeEnvironment,
): CommitIntent | Superseded {
  const { mode, request } = write;
  const superseded = findSuperseded(base, request.txns ?? []);
  if (superseded !== null) return superseded;
  const metadata = metadataFor(path, base, { ...request, partitionBy: partitionColumns }, environment);
  if (base !== null && mode === 'overwrite') requireReplaceable(base);
  const removes = base === null || mode === 'append' ? [] : replacedFiles(base, request.where);
  return {
    read: { kind: 'nothing' },
    removes,
    adds: written.adds,
    dataChange: true,
    ...(metadata === undefined ? {} : { metadata }),
    txns: request.txns ?? [],
    operation: request.operation ?? 'WRITE',
    operationParameters: parametersOf(write, partitionColumns),
    metrics: {
      numFiles: written.adds.length,
      numOutputRows: written.rows,
      numOutputBytes: written.bytes,
      ...(mode === 'append' ? {} : { numRemovedFiles: removes.length, numRemovedBytes: bytesOf(removes) }),
    },
    ...(request.userMetadata === undefined ? {} : { userMetadata: request.userMetadata }),
  };
}

export function bytesOf(files: readonly AddFile[]): number {
  return files.reduce((sum, file) => sum + file.size, 0);
}

/** Throws for rows outside of the partitions that an overwrite replaces: they would stay beside older ones. */
function replacedPartitions(
  write: RowsWrite,
  schema: Schema,
  partitionColumns: readonly string[],
): (values: BatchRow) => void {
  if (write.mode === 'append' || write.request.where === undefined) return () => {};
  const { where } = write.request;
  const isReplaced = partitionTest({ schema, metadata: { partitionColumns } }, where);
  if (isReplaced === null) throw notOnPartitions(where, partitionColumns);
  return (values) => {
    if (isReplaced(values)) return;
    const partition = Object.entries(values).map(([name, value]) => `${name}=${String(value)}`);
    throw new PlatformError(
      'lake_value_invalid',
      `a row of partition ${partition.join(', ')} lies outside of what is replaced: ${predicateText(where)}`,
    );
  };
}

function replacedFiles(base: Snapshot, where: Predicate | undefined): readonly AddFile[] {
  if (where === undefined) return [...base.files];
  const { partitionColumns } = base.metadata;
  const isReplaced = partitionTest(base, where);
  if (isReplaced === null) throw notOnPartitions(where, partitionColumns);
  const columns = base.schema.fields.filter(({ name }) => partitionColumns.includes(name));
  return [...base.files].filter((file) => {
    const values = columns.map((column) => [
      column.name,
      partitionValue(column, file.partitionValues[column.name]),
    ]);
    return isReplaced(Object.fromEntries(values));
  });
}

function notOnPartitions(where: Predicate, partitionColumns: readonly string[]): PlatformError {
  return new PlatformError(
    'lake_predicate_invalid',
    `an overwrite replaces whole partitions, and ${strayColumn(where, partitionColumns)} in its condition is no partition column`,
  );
}

function parametersOf({ mode, request }: RowsWrite, partitionBy: readonly string[]): Record<string, string> {
  const partitioning = { partitionBy: JSON.stringify(partitionBy) };
  if (mode === 'append') return { mode: 'Append', ...partitioning };
  const { where } = request;
  return {
    mode: 'Overwrite',
    ...partitioning,
    ...(where === undefined ? {} : { predicate: JSON.stringify([predicateText(where)]) }),
  };
}
