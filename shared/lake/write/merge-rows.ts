import { PlatformError } from '../../errors.ts';
import type { DataFiles, ScanFile, WrittenFiles } from '../data-files/data-files.ts';
import type { Snapshot } from '../log/snapshot.ts';
import { planScan } from '../read/scan-plan.ts';
import type { Batch } from '../schema/batch.ts';
import { orderOf } from '../schema/comparable.ts';
import type { Predicate } from '../schema/predicate.ts';
import { type RowKey, rowKeys } from '../schema/row-key.ts';
import type { Schema } from '../schema/schema.ts';
import { boundsOf, parseStatistics } from '../stats/file-bounds.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { forEachFile, type Rewritten, rewriteTouched, type TouchedFile } from './copy-on-write.ts';
import { tableTarget } from './data-file-target.ts';
import type { LakeEnvironment } from './environment.ts';
import { keyPredicate } from './key-predicate.ts';
import { metadataFor, requireReplaceable } from './table-metadata.ts';
import type { CommitIntent } from './transaction.ts';
import type { MergeWrite } from './write-requests.ts';
import { writeRows } from './write-rows.ts';

/** The rows of a merge and their keys, checked once; the same for every snapshot that it is tried on. */
interface MergeSource {
  readonly upserts: readonly Batch[];
  readonly deletes: readonly Batch[];
  readonly upsertKeys: ReadonlySet<RowKey>;
  readonly deleteKeys: ReadonlySet<RowKey>;
  /** True for every row that the merge may touch. */
  readonly where: Predicate;
}

/** Throws `lake_merge_key_repeated` for a key that would be written twice. */
async function mergeSource({ schema, key, upserts, deletes = [] }: MergeWrite): Promise<MergeSource> {
  const upserted = await gather(upserts);
  const deleted = await gather(deletes);
  const keyOf = rowKeys(schema, key);
  const upsertKeys = new Set<RowKey>();
  for (const each of keysOf(upserted, keyOf)) {
    if (upsertKeys.has(each)) throw repeated(key, each, 'comes twice among the upserted rows');
    upsertKeys.add(each);
  }
  const deleteKeys = new Set<RowKey>();
  for (const each of keysOf(deleted, keyOf)) {
    if (upsertKeys.has(each)) throw repeated(key, each, 'is upserted and deleted by one merge');
    deleteKeys.add(each);
  }
  const where = keyPredicate(schema, key, [...upserted, ...deleted]);
  return { upserts: upserted, deletes: deleted, upsertKeys, deleteKeys, where };
}

/** A merge whose upserted rows are in their files, which do not depend on what the table holds. */
export interface PreparedMerge {
  readonly request: MergeWrite;
  readonly source: MergeSource;
  readonly partitionColumns: readonly string[];
  readonly written: WrittenFiles;
}

/** Refuses what the table does not take, then writes the upserted rows. */
export async function prepareMerge(
  files: DataFiles,
  path: string,
  base: Snapshot | null,
  request: MergeWrite,
  environment: LakeEnvironment,
): Promise<PreparedMerge> {
  metadataFor(path, base, request, environment);
  const source = await mergeSource(request);
  const metadata = { configuration: base?.metadata.configuration ?? request.configuration ?? {} };
  const target = tableTarget({ path, schema: request.schema, metadata }, environment);
  const partitionColumns = base?.metadata.partitionColumns ?? request.partitionBy ?? [];
  const written = await writeRows(files, { target, partitionColumns }, source.upserts);
  return { request, source, partitionColumns, written };
}

/** Finds the files that hold rows of the keys, writes what is left of each, and says what to commit on `base`. */
export async function mergeRows(
  store: ObjectStore,
  files: DataFiles,
  path: string,
  base: Snapshot | null,
  { request, source, partitionColumns, written }: PreparedMerge,
  environment: LakeEnvironment,
): Promise<CommitIntent> {
  const metadata = metadataFor(path, base, { ...request, partitionBy: partitionColumns }, environment);
  const found = base === null ? NOTHING_FOUND : await findTouched(store, files, base, request, source);
  if (base !== null && found.touched.length > 0) requireReplaceable(base);
  const drop = { kind: 'keys', columns: request.key, keys: [...source.upserts, ...source.deletes] } as const;
  const rewritten =
    base === null
      ? NOTHING_REWRITTEN
      : await rewriteTouched(files, tableTarget(base, environment), found.touched, drop);
  const dropped = found.touched.reduce((sum, { rowsToDrop }) => sum + rowsToDrop, 0);
  return {
    read: { kind: 'matching', where: source.where },
    removes: rewritten.removes,
    adds: [...rewritten.adds, ...written.adds],
    dataChange: true,
    ...(metadata === undefined ? {} : { metadata }),
    txns: request.txns ?? [],
    operation: request.operation ?? 'MERGE',
    operationParameters: {
      predicate: JSON.stringify(request.key.map((name) => `(target.${name} <=> source.${name})`)),
      matchedPredicates: JSON.stringify([{ actionType: 'update' }, { actionType: 'delete' }]),
      notMatchedPredicates: JSON.stringify([{ actionType: 'insert' }]),
    },
    metrics: {
      numSourceRows: source.upsertKeys.size + source.deleteKeys.size,
      numTargetRowsInserted: source.upsertKeys.size - found.updated,
      numTargetRowsUpdated: found.updated,
      numTargetRowsDeleted: dropped - found.updated,
      numTargetRowsCopied: rewritten.rowsCopied,
      numOutputRows: rewritten.rowsCopied + written.rows,
      numTargetFilesAdded: rewritten.adds.length + written.adds.length,
      numTargetFilesRemoved: rewritten.removes.length,
      numTargetBytesAdded: rewritten.bytesAdded + written.bytes,
      numTargetBytesRemoved: rewritten.bytesRemoved,
    },
    ...(request.userMetadata === undefined ? {} : { userMetadata: request.userMetadata }),
  };
}

interface Found {
  readonly touched: readonly TouchedFile[];
  /** Upserted keys that the table has. */
  readonly updated: number;
}

const NOTHING_FOUND: Found = { touched: [], updated: 0 };
const NOTHING_REWRITTEN: Rewritten = { removes: [], adds: [], rowsCopied: 0, bytesRemoved: 0, bytesAdded: 0 };

async function findTouched(
  store: ObjectStore,
  files: DataFiles,
  base: Snapshot,
  { key }: MergeWrite,
  { upsertKeys, deleteKeys, where }: MergeSource,
): Promise<Found> {
  const { files: candidates } = await planScan(store, base, { where });
  const schema: Schema = {
    type: 'struct',
    fields: base.schema.fields.filter(({ name }) => key.includes(name)),
  };
  const keyOf = rowKeys(base.schema, key);
  const updated = new Set<RowKey>();
  const countDropped = async (file: ScanFile): Promise<TouchedFile> => {
    let rowsToDrop = 0;
    for await (const batch of files.read({ files: [file], schema, tableSchema: base.schema })) {
      for (let row = 0; row < batch.rowCount; row++) {
        const each = keyOf(batch, row);
        const isUpserted = upsertKeys.has(each);
        if (isUpserted) updated.add(each);
        if (isUpserted || deleteKeys.has(each)) rowsToDrop++;
      }
    }
    return { file, rowsToDrop };
  };
  const counted = await forEachFile(candidates, countDropped);
  const touched = counted.filter(({ rowsToDrop }) => rowsToDrop > 0);
  return { touched: inKeyOrder(touched, schema), updated: updated.size };
}

/** By their least keys, as far as statistics tell: what is written in the order of its keys stays so when it is rewritten. */
function inKeyOrder(touched: readonly TouchedFile[], { fields }: Schema): readonly TouchedFile[] {
  const [column] = fields;
  if (column === undefined) return touched;
  const { compare } = orderOf(column.type, column.name);
  const withLeast = touched.map((each) => ({
    each,
    least: boundsOf(column, parseStatistics(each.file.add.stats)).min,
  }));
  withLeast.sort((left, right) => {
    if (left.least === null || right.least === null)
      return Number(left.least === null) - Number(right.least === null);
    return compare(left.least, right.least);
  });
  return withLeast.map(({ each }) => each);
}

async function gather(batches: MergeWrite['upserts']): Promise<readonly Batch[]> {
  const gathered: Batch[] = [];
  for await (const batch of batches) if (batch.rowCount > 0) gathered.push(batch);
  return gathered;
}

function* keysOf(batches: readonly Batch[], keyOf: (batch: Batch, row: number) => RowKey): Generator<RowKey> {
  for (const batch of batches) for (let row = 0; row < batch.rowCount; row++) yield keyOf(batch, row);
}

function repeated(columns: readonly string[], key: RowKey, what: string): PlatformError {
  return new PlatformError('lake_merge_key_repeated', `key (${columns.join(', ')}) = ${String(key)} ${what}`);
}
