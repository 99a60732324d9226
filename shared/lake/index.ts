export type { AddFile, Metadata, Protocol, RemoveFile, Txn } from './actions.ts';
export type { Batch, BatchRow, Value } from './batch.ts';
export { batchOfRows, rowsOfBatch } from './batch.ts';
export { valueFits } from './column-encoder.ts';
export type { FileSet } from './file-set.ts';
export { commitPath } from './log-path.ts';
export { findSnapshot, loadSnapshot } from './log-reader.ts';
export { memoryObjectStore } from './memory-object-store.ts';
export type { ObjectStore, StoredObject } from './object-store.ts';
export { joinPath, objectPathSegments } from './object-store.ts';
export { dataFileUris, readSnapshot } from './scan.ts';
export type { ArrayType, DataType, Field, MapType, PrimitiveType, Schema, StructType } from './schema.ts';
export { arrayOf, field, schemaOf, typeName } from './schema.ts';
export type { Snapshot } from './snapshot.ts';
export { rowCount, txnVersion } from './snapshot.ts';
export type {
  AppendWrite,
  Committed,
  LakeEnvironment,
  OverwriteWrite,
  Table,
  WriteOutcome,
} from './table.ts';
export { openTable } from './table.ts';
export type { Superseded, TxnUpdate } from './transaction.ts';
export { compareUtf8 } from './utf8-order.ts';
