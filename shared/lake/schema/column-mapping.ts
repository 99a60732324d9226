// https://github.com/delta-io/delta/blob/master/PROTOCOL.md#column-mapping
import { PlatformError } from '../../errors.ts';
import { type DataType, type Field, fieldId, type Schema } from './schema.ts';

/** How data files name columns: as the table does, by `physicalName`, or by `field_id`. */
export type ColumnMappingMode = 'none' | 'name' | 'id';

/** Reads `delta.columnMapping.mode`; a mode that is not known is refused. */
export function columnMappingMode(configuration: Readonly<Record<string, string>>): ColumnMappingMode {
  const mode = configuration['delta.columnMapping.mode'] ?? 'none';
  if (mode === 'none' || mode === 'name' || mode === 'id') return mode;
  throw new PlatformError('lake_feature_unsupported', `column mapping mode ${mode} is not supported`);
}

/**
 * The schema with as much of its column mapping as `mode` puts in force, so that `physicalName` and `fieldId` need not know
 * the mode: none leaves neither, `name` the physical name, `id` both. A column that lacks what its mode needs is refused.
 */
export function withColumnMapping(schema: Schema, mode: ColumnMappingMode): Schema {
  return { type: 'struct', fields: schema.fields.map((column) => mapField(column, mode)) };
}

const ID = 'delta.columnMapping.id';
const PHYSICAL_NAME = 'delta.columnMapping.physicalName';

function mapField(column: Field, mode: ColumnMappingMode): Field {
  const { [ID]: id, [PHYSICAL_NAME]: name, ...rest } = column.metadata;
  if (mode !== 'none' && typeof name !== 'string') throw unmapped(column, mode, PHYSICAL_NAME);
  if (mode === 'id' && fieldId(column) === null) throw unmapped(column, mode, ID);
  const metadata = {
    ...rest,
    ...(mode === 'none' ? {} : { [PHYSICAL_NAME]: name }),
    ...(mode === 'id' ? { [ID]: id } : {}),
  };
  return { ...column, type: mapType(column.type, mode), metadata };
}

function mapType(type: DataType, mode: ColumnMappingMode): DataType {
  if (typeof type === 'string') return type;
  if (type.type === 'struct') return withColumnMapping(type, mode);
  if (type.type === 'array') return { ...type, elementType: mapType(type.elementType, mode) };
  return { ...type, keyType: mapType(type.keyType, mode), valueType: mapType(type.valueType, mode) };
}

function unmapped(column: Field, mode: ColumnMappingMode, key: string): PlatformError {
  return new PlatformError(
    'lake_log_corrupt',
    `columns are mapped by ${mode}, and column ${column.name} has no ${key}`,
  );
}
