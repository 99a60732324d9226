import {
  type DuckDBBlobValue,
  type DuckDBDataChunk,
  type DuckDBDateValue,
  type DuckDBDecimalValue,
  type DuckDBTimestampTZValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
} from '@duckdb/node-api';
import { PlatformError } from '../errors.ts';
import type { QueryValue } from '../features/index.ts';

/** Appends one column of a chunk to `into`, in lake value types. */
export type ColumnReader = (chunk: DuckDBDataChunk, column: number, into: QueryValue[]) => void;

/** Refuses types that the lake has no value for, by the name of the column. */
export function columnReader(name: string, type: DuckDBType): ColumnReader {
  const convert = CONVERTERS[type.typeId];
  if (convert === undefined) {
    throw new PlatformError(
      'query_type_unsupported',
      `column ${name} of the result has type ${type}: cast it to a type that the lake has`,
    );
  }
  return (chunk, column, into) => {
    chunk.visitColumnValues(column, (value) => {
      into.push(value === null ? null : convert(value));
    });
  };
}

type Converter = (value: DuckDBValue) => QueryValue;

const asIs: Converter = (value) => value as QueryValue;
const micros: Converter = (value) => (value as DuckDBTimestampTZValue).micros;

const CONVERTERS: Partial<Record<DuckDBTypeId, Converter>> = {
  [DuckDBTypeId.BOOLEAN]: asIs,
  [DuckDBTypeId.TINYINT]: asIs,
  [DuckDBTypeId.SMALLINT]: asIs,
  [DuckDBTypeId.INTEGER]: asIs,
  [DuckDBTypeId.UTINYINT]: asIs,
  [DuckDBTypeId.USMALLINT]: asIs,
  [DuckDBTypeId.UINTEGER]: asIs,
  [DuckDBTypeId.BIGINT]: asIs,
  [DuckDBTypeId.UBIGINT]: asIs,
  [DuckDBTypeId.HUGEINT]: asIs,
  [DuckDBTypeId.FLOAT]: asIs,
  [DuckDBTypeId.DOUBLE]: asIs,
  [DuckDBTypeId.VARCHAR]: asIs,
  [DuckDBTypeId.DECIMAL]: (value) => (value as DuckDBDecimalValue).toString(),
  [DuckDBTypeId.DATE]: (value) => (value as DuckDBDateValue).days,
  [DuckDBTypeId.TIMESTAMP]: micros,
  [DuckDBTypeId.TIMESTAMP_TZ]: micros,
  [DuckDBTypeId.BLOB]: (value) => new Uint8Array((value as DuckDBBlobValue).bytes),
};
