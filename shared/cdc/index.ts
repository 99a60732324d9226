export type { EncodedChange, ReadChange } from './change-event.ts';
export { readChange, SNAPSHOT_LSN_HEADER } from './change-event.ts';
export { ChangeWriter, type RowChange } from './change-writer.ts';
export type { ChangeSource, EnvelopeSettings, SnapshotMark, TransactionSource } from './envelope.ts';
export type { Lsn } from './lsn.ts';
export { parseLsn } from './lsn.ts';
export type {
  ColumnText,
  OldTuple,
  PgOutputMessage,
  RelationColumn,
  RelationMessage,
  ReplicaIdentity,
  Tuple,
} from './pgoutput.ts';
export { decodePgOutput } from './pgoutput.ts';
export { type PositionedChange, readChanges } from './read-changes.ts';
export type { Column, ColumnType, Table } from './table.ts';
export { constantOfDefault } from './table.ts';
export type { TableEncoder } from './table-encoder.ts';
export { tableEncoder } from './table-encoder.ts';
