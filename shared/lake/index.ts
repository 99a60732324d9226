export type {
  DataFiles,
  DataFileTarget,
  ReadFiles,
  RewriteFiles,
  RewrittenFiles,
  RowsToDrop,
  ScanFile,
  WrittenFiles,
} from './data-files/data-files.ts';
export type { NewDataFile } from './data-files/new-data-file.ts';
export { newDataFile } from './data-files/new-data-file.ts';
export { parquetDataFiles } from './data-files/parquet-data-files.ts';
export type { AddFile, DeletionVector, Metadata, Protocol, RemoveFile, Txn } from './log/actions.ts';
export { isCheckpointDue, writeCheckpoint } from './log/checkpoint.ts';
export type { CommitFile } from './log/commit-times.ts';
export { commitsOf } from './log/commit-times.ts';
export { FileSet } from './log/file-set.ts';
export { commitPath } from './log/log-path.ts';
export type { VersionChoice } from './log/log-reader.ts';
export { findSnapshot, loadSnapshot } from './log/log-reader.ts';
export type { Snapshot } from './log/snapshot.ts';
export { rowCount, txnVersion } from './log/snapshot.ts';
export { targetFileBytes } from './log/table-properties.ts';
export type { CompactionReport, CompactOptions, JoinedBin } from './maintain/compact.ts';
export { compact, joinBins } from './maintain/compact.ts';
export type { CompactionBin, CompactionRequest } from './maintain/compaction-plan.ts';
export { planCompaction } from './maintain/compaction-plan.ts';
export type { HistoryEntry } from './maintain/history.ts';
export { history } from './maintain/history.ts';
export type { LogCleanUpOptions, LogCleanUpReport } from './maintain/log-clean-up.ts';
export { cleanUpLog } from './maintain/log-clean-up.ts';
export type { RestoreOutcome, RestorePlan, RestorePoint } from './maintain/restore.ts';
export { restore } from './maintain/restore.ts';
export { missingProperties, setMissingProperties } from './maintain/set-properties.ts';
export type { VacuumOptions, VacuumReport } from './maintain/vacuum.ts';
export { vacuum } from './maintain/vacuum.ts';
export { encodeColumn, valueFits } from './parquet/column-encoder.ts';
export type {
  ChangedFiles,
  ChangedVersion,
  ChangeRange,
  Changes,
  ChangesUnavailable,
} from './read/change-feed.ts';
export { changedFiles, readChanges } from './read/change-feed.ts';
export type { ReadOptions } from './read/scan.ts';
export { dataFileUris, readSnapshot } from './read/scan.ts';
export type { ScanOptions, ScanPlan } from './read/scan-plan.ts';
export { planScan } from './read/scan-plan.ts';
export type { Batch, BatchRow, Value } from './schema/batch.ts';
export { batchOfRows, rowsOfBatch } from './schema/batch.ts';
export { decimalText, unscaledOf } from './schema/decimal.ts';
export type { Predicate } from './schema/predicate.ts';
export type { RowMatcher } from './schema/predicate-match.ts';
export { columnsOf, matches } from './schema/predicate-match.ts';
export type {
  ArrayType,
  DataType,
  Field,
  MapType,
  PrimitiveType,
  Schema,
  StructType,
} from './schema/schema.ts';
export { arrayOf, decimalShape, field, fieldId, physicalName, schemaOf, typeName } from './schema/schema.ts';
export { compareUtf8 } from './schema/utf8-order.ts';
export { indexedSchema } from './stats/indexed-columns.ts';
export type { ColumnBounds, Ordered } from './stats/stats-json.ts';
export { statsJson } from './stats/stats-json.ts';
export { memoryObjectStore } from './store/memory-object-store.ts';
export type { ObjectStore, StoredObject } from './store/object-store.ts';
export { joinPath, objectPathSegments } from './store/object-store.ts';
export type { Conflict, ConflictKind } from './write/conflicts.ts';
export type { TableTarget } from './write/data-file-target.ts';
export { tableTarget } from './write/data-file-target.ts';
export type { LakeEnvironment } from './write/environment.ts';
export type { Table } from './write/table.ts';
export { openTable, SNAPSHOT_TRUST_MS } from './write/table.ts';
export type { CommitIntent, ReadScope, Superseded, TxnUpdate } from './write/transaction.ts';
export type {
  AppendWrite,
  CommitOutcome,
  Committed,
  DeleteWrite,
  MergeWrite,
  OverwriteWrite,
  WriteOutcome,
} from './write/write-requests.ts';
