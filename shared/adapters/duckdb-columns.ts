import {
  type DuckDBArrayValue,
  type DuckDBBlobValue,
  type DuckDBDataChunk,
  type DuckDBDateValue,
  type DuckDBDecimalType,
  type DuckDBDecimalValue,
  type DuckDBListType,
  type DuckDBListValue,
  type DuckDBMapType,
  type DuckDBMapValue,
  type DuckDBResult,
  type DuckDBStructType,
  type DuckDBStructValue,
  type DuckDBTimestampTZValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { DataType, QueryValue, ResultColumn } from '../features/index.ts';

/** A column of a result, and how its values come out of the chunks. */
export interface ColumnReader extends ResultColumn {
  /** Appends the values of a chunk to `into`, in lake value types. */
  readonly read: (chunk: DuckDBDataChunk, into: QueryValue[]) => void;
}

export function columnReaders(result: DuckDBResult): readonly ColumnReader[] {
  const keys = result.deduplicatedColumnNames();
  const types = result.columnTypes();
  return result.columnNames().map((name, index) => {
    const { type, convert } = conversionOf(types[index]!);
    return {
      name,
      key: keys[index] ?? name,
      type,
      read: (chunk, into) =>
        chunk.visitColumnValues(index, (value) => {
          into.push(convert(value));
        }),
    };
  });
}

/** A type of DuckDB as the lake has it. Null is null in all of them. */
interface Conversion {
  readonly type: DataType;
  readonly convert: (value: DuckDBValue) => QueryValue;
}

function conversionOf(type: DuckDBType): Conversion {
  switch (type.typeId) {
    case DuckDBTypeId.DECIMAL: {
      const { width, scale } = type as DuckDBDecimalType;
      return {
        type: `decimal(${width},${scale})`,
        convert: unlessNull((value) => (value as DuckDBDecimalValue).toString()),
      };
    }
    case DuckDBTypeId.LIST:
    case DuckDBTypeId.ARRAY: {
      const element = conversionOf((type as DuckDBListType).valueType);
      return {
        type: { type: 'array', elementType: element.type, containsNull: true },
        convert: unlessNull((value) =>
          (value as DuckDBListValue | DuckDBArrayValue).items.map(element.convert),
        ),
      };
    }
    case DuckDBTypeId.STRUCT:
      return structConversion(type as DuckDBStructType);
    case DuckDBTypeId.MAP:
      return mapConversion(type as DuckDBMapType);
    default:
      return SIMPLE[type.typeId] ?? AS_TEXT;
  }
}

function structConversion({ entryNames, entryTypes }: DuckDBStructType): Conversion {
  const fields = entryNames.map((name, index) => ({ name, ...conversionOf(entryTypes[index]!) }));
  return {
    type: {
      type: 'struct',
      fields: fields.map(({ name, type }) => ({ name, type, nullable: true, metadata: {} })),
    },
    convert: unlessNull((value) => {
      const { entries } = value as DuckDBStructValue;
      return Object.fromEntries(fields.map(({ name, convert }) => [name, convert(entries[name] ?? null)]));
    }),
  };
}

function mapConversion({ valueType }: DuckDBMapType): Conversion {
  const held = conversionOf(valueType);
  return {
    type: { type: 'map', keyType: 'string', valueType: held.type, valueContainsNull: true },
    convert: unlessNull((value) =>
      Object.fromEntries(
        (value as DuckDBMapValue).entries.map((entry) => [String(entry.key), held.convert(entry.value)]),
      ),
    ),
  };
}

function unlessNull(convert: Conversion['convert']): Conversion['convert'] {
  return (value) => (value === null ? null : convert(value));
}

const asIs = (type: DataType): Conversion => ({ type, convert: (value) => value as QueryValue });
const micros = (type: DataType): Conversion => ({
  type,
  convert: unlessNull((value) => (value as DuckDBTimestampTZValue).micros),
});

/** Whatever the lake has no type for, as DuckDB prints it. */
const AS_TEXT: Conversion = { type: 'string', convert: unlessNull(String) };

const SIMPLE: Partial<Record<DuckDBTypeId, Conversion>> = {
  [DuckDBTypeId.BOOLEAN]: asIs('boolean'),
  [DuckDBTypeId.TINYINT]: asIs('byte'),
  [DuckDBTypeId.SMALLINT]: asIs('short'),
  [DuckDBTypeId.INTEGER]: asIs('integer'),
  [DuckDBTypeId.UTINYINT]: asIs('integer'),
  [DuckDBTypeId.USMALLINT]: asIs('integer'),
  [DuckDBTypeId.UINTEGER]: asIs('integer'),
  [DuckDBTypeId.BIGINT]: asIs('long'),
  [DuckDBTypeId.UBIGINT]: asIs('long'),
  [DuckDBTypeId.HUGEINT]: asIs('long'),
  [DuckDBTypeId.UHUGEINT]: asIs('long'),
  [DuckDBTypeId.FLOAT]: asIs('float'),
  [DuckDBTypeId.DOUBLE]: asIs('double'),
  [DuckDBTypeId.VARCHAR]: asIs('string'),
  [DuckDBTypeId.DATE]: { type: 'date', convert: unlessNull((value) => (value as DuckDBDateValue).days) },
  [DuckDBTypeId.TIMESTAMP]: micros('timestamp_ntz'),
  [DuckDBTypeId.TIMESTAMP_TZ]: micros('timestamp'),
  [DuckDBTypeId.BLOB]: {
    type: 'binary',
    convert: unlessNull((value) => new Uint8Array((value as DuckDBBlobValue).bytes)),
  },
};
