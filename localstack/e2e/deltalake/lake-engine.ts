import type { BatchRow, Predicate, Schema, Value } from '../../../shared/lake/index.ts';

export type EngineName = 'delta-rs' | 'spark' | 'trino' | 'duckdb-delta';

export interface EngineQuery {
  /** Path of the table in the lake. */
  readonly table: string;
  /** Of the version that is read. */
  readonly schema: Schema;
  /** The newest where left out. */
  readonly version?: number;
  readonly where?: Predicate;
}

/** A program that shares no code with ours and reads Delta tables. */
export interface LakeEngine {
  readonly name: EngineName;
  /** All columns of the rows that match, as the lake has them. */
  rows(query: EngineQuery): Promise<BatchRow[]>;
  /** What it makes of a value that we have written, where that is not the value itself. */
  shows(type: Schema['fields'][number]['type'], value: Value): Value;
  close(): Promise<void>;
}
