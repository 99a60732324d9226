export type { AddFile, DeletionVector, Metadata, Protocol, RemoveFile, Txn } from './log/actions.ts';
export type { CommitFile } from './log/commit-times.ts';
export { commitsOf } from './log/commit-times.ts';
export type { FileSet } from './log/file-set.ts';
export { commitPath } from './log/log-path.ts';
export { findSnapshot, loadSnapshot } from './log/log-reader.ts';
export type { Snapshot } from './log/snapshot.ts';
export { rowCount, txnVersion } from './log/snapshot.ts';
export { valueFits } from './parquet/column-encoder.ts';
export { dataFileUris, readSnapshot } from './read/scan.ts';
export type { Batch, BatchRow, Value } from './schema/batch.ts';
export { batchOfRows, rowsOfBatch } from './schema/batch.ts';
export type {
  ArrayType,
  DataType,
  Field,
  MapType,
  PrimitiveType,
  Schema,
  StructType,
} from './schema/schema.ts';
export { arrayOf, field, fieldId, physicalName, schemaOf, typeName } from './schema/schema.ts';
export { compareUtf8 } from './schema/utf8-order.ts';
export { memoryObjectStore } from './store/memory-object-store.ts';
export type { ObjectStore, StoredObject } from './store/object-store.ts';
export { joinPath, objectPathSegments } from './store/object-store.ts';
export type {
  AppendWrite,
  Committed,
  LakeEnvironment,
  OverwriteWrite,
  Table,
  WriteOutcome,
} from './write/table.ts';
export { openTable } from './write/table.ts';
export type { Superseded, TxnUpdate } from './write/transaction.ts';
