import type { DataFiles, ScanFile } from '../data-files/data-files.ts';
import type { Snapshot } from '../log/snapshot.ts';
import { planScan } from '../read/scan-plan.ts';
import { columnsOf } from '../schema/predicate-match.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { forEachFile, rewriteTouched, rowsOf, type TouchedFile } from './copy-on-write.ts';
import { tableTarget } from './data-file-target.ts';
import type { LakeEnvironment } from './environment.ts';
import { partitionTest } from './partition-test.ts';
import { predicateText } from './predicate-text.ts';
import type { CommitIntent } from './transaction.ts';
import type { DeleteWrite } from './write-requests.ts';

/** Finds the files that hold rows to delete, writes what is left of each, and says what to commit on `base`. */
export async function deleteRows(
  store: ObjectStore,
  files: DataFiles,
  base: Snapshot,
  request: DeleteWrite,
  environment: LakeEnvironment,
): Promise<CommitIntent> {
  const { where } = request;
  const plan = await planScan(store, base, { where });
  const matchesPartition = partitionTest(base, where);
  const counted = await forEachFile(plan.files, async (file): Promise<TouchedFile> => {
    // Of a partition all rows match or none.
    if (matchesPartition?.(file.partition) === false) return { file, rowsToDrop: 0 };
    const whole = matchesPartition === null ? null : rowsOf(file);
    return { file, rowsToDrop: whole ?? (await countMatches(files, base, file, request)) };
  });
  const touched = counted.filter(({ rowsToDrop }) => rowsToDrop > 0);
  const target = tableTarget(base, environment);
  const rewritten = await rewriteTouched(files, target, touched, { kind: 'where', predicate: where });
  return {
    read: { kind: 'matching', where },
    removes: rewritten.removes,
    adds: rewritten.adds,
    dataChange: true,
    txns: request.txns ?? [],
    operation: request.operation ?? 'DELETE',
    operationParameters: { predicate: JSON.stringify([predicateText(where)]) },
    metrics: {
      numDeletedRows: touched.reduce((sum, { rowsToDrop }) => sum + rowsToDrop, 0),
      numCopiedRows: rewritten.rowsCopied,
      numRemovedFiles: rewritten.removes.length,
      numRemovedBytes: rewritten.bytesRemoved,
      numAddedFiles: rewritten.adds.length,
      numAddedBytes: rewritten.bytesAdded,
    },
    ...(request.userMetadata === undefined ? {} : { userMetadata: request.userMetadata }),
  };
}

async function countMatches(
  files: DataFiles,
  { schema }: Snapshot,
  file: ScanFile,
  { where }: DeleteWrite,
): Promise<number> {
  const names = columnsOf(where);
  const read = { type: 'struct' as const, fields: schema.fields.filter(({ name }) => names.has(name)) };
  let rows = 0;
  for await (const batch of files.read({ files: [file], schema: read, tableSchema: schema, where })) {
    rows += batch.rowCount;
  }
  return rows;
}
