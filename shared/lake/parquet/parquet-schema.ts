// Delta type to Parquet type: https://github.com/delta-io/delta/blob/master/PROTOCOL.md#delta-data-type-to-parquet-type-mappings
import type { SchemaElement } from 'hyparquet';
import { PlatformError } from '../../errors.ts';
import { type DataType, decimalShape, type Field, type Schema } from '../schema/schema.ts';

/** The flattened Parquet schema (depth first, root first) of rows of `schema`. */
export function parquetSchemaOf(schema: Schema): SchemaElement[] {
  return [
    { name: 'spark_schema', num_children: schema.fields.length },
    ...schema.fields.flatMap(fieldElements),
  ];
}

function fieldElements(column: Field): SchemaElement[] {
  return elementsOf(column.name, column.type, column.nullable);
}

function elementsOf(name: string, type: DataType, nullable: boolean): SchemaElement[] {
  const repetition_type = nullable ? ('OPTIONAL' as const) : ('REQUIRED' as const);
  if (typeof type === 'string') return [{ name, repetition_type, ...leafOf(type) }];
  if (type.type === 'array') {
    return [
      { name, repetition_type, num_children: 1, converted_type: 'LIST', logical_type: { type: 'LIST' } },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      ...elementsOf('element', type.elementType, type.containsNull),
    ];
  }
  if (type.type === 'struct') {
    if (type.fields.length === 0) throw withoutFields(name);
    return [
      { name, repetition_type, num_children: type.fields.length },
      ...type.fields.flatMap(fieldElements),
    ];
  }
  return [
    { name, repetition_type, num_children: 1, converted_type: 'MAP', logical_type: { type: 'MAP' } },
    { name: 'key_value', repetition_type: 'REPEATED', num_children: 2 },
    ...elementsOf('key', type.keyType, false),
    ...elementsOf('value', type.valueType, type.valueContainsNull),
  ];
}

/** Parquet has no group without fields. */
function withoutFields(name: string): PlatformError {
  return new PlatformError(
    'lake_feature_unsupported',
    `writing column ${name}, a struct without fields, is not supported`,
  );
}

type Leaf = Pick<
  SchemaElement,
  'type' | 'type_length' | 'converted_type' | 'logical_type' | 'scale' | 'precision'
>;

function leafOf(type: Extract<DataType, string>): Leaf {
  switch (type) {
    case 'string':
      return { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } };
    case 'binary':
      return { type: 'BYTE_ARRAY' };
    case 'boolean':
      return { type: 'BOOLEAN' };
    case 'float':
      return { type: 'FLOAT' };
    case 'double':
      return { type: 'DOUBLE' };
    case 'long':
      return { type: 'INT64' };
    case 'integer':
      return { type: 'INT32' };
    case 'short':
      return { type: 'INT32', converted_type: 'INT_16' };
    case 'byte':
      return { type: 'INT32', converted_type: 'INT_8' };
    case 'date':
      return { type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } };
    case 'timestamp':
      return {
        type: 'INT64',
        converted_type: 'TIMESTAMP_MICROS',
        logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
      };
    default:
      return decimalLeaf(type);
  }
}

/** 9 digits fit four bytes, 18 eight; more go into the fewest bytes that hold 10^precision, sign included. */
function decimalLeaf(type: Extract<DataType, string>): Leaf {
  const shape = decimalShape(type);
  if (shape === null || shape.precision > 38 || shape.scale < 0 || shape.scale > shape.precision) {
    throw new PlatformError(
      'lake_schema_mismatch',
      `${type} is not a type: precision is at most 38, scale at most precision`,
    );
  }
  const { precision, scale } = shape;
  const annotation = {
    converted_type: 'DECIMAL',
    logical_type: { type: 'DECIMAL', precision, scale },
    precision,
    scale,
  } as const;
  if (precision <= 9) return { type: 'INT32', ...annotation };
  if (precision <= 18) return { type: 'INT64', ...annotation };
  const bits = (10n ** BigInt(precision)).toString(2).length + 1;
  return { type: 'FIXED_LEN_BYTE_ARRAY', type_length: Math.ceil(bits / 8), ...annotation };
}
