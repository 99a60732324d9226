// https://github.com/delta-io/delta/blob/master/PROTOCOL.md#protocol-evolution: what is not known is refused by name.
import { PlatformError } from '../../errors.ts';
import { type DataType, type Field, parseSchema } from '../schema/schema.ts';
import type { Metadata, Protocol } from './actions.ts';

/** What new tables are created with. */
export const OUR_PROTOCOL: Protocol = { minReaderVersion: 1, minWriterVersion: 2 };

export function requireReadable(protocol: Protocol, table: string): void {
  if (protocol.minReaderVersion <= OUR_PROTOCOL.minReaderVersion) return;
  const features = protocol.readerFeatures?.join(', ') || 'none named';
  throw new PlatformError(
    'lake_protocol_unsupported',
    `table ${table} needs reader version ${protocol.minReaderVersion} (features: ${features}), supported is 1`,
    { details: { features: protocol.readerFeatures ?? [] } },
  );
}

/** Refuses to write to a table whose promises to its readers this library does not keep. */
export function requireWritable(protocol: Protocol, metadata: Metadata, table: string): void {
  if (protocol.minWriterVersion > OUR_PROTOCOL.minWriterVersion) {
    const features = protocol.writerFeatures?.join(', ') || 'none named';
    throw new PlatformError(
      'lake_protocol_unsupported',
      `table ${table} needs writer version ${protocol.minWriterVersion} (features: ${features}), supported is 2`,
      { details: { features: protocol.writerFeatures ?? [] } },
    );
  }
  if (metadata.partitionColumns.length > 0) {
    throw unsupported(`writing to table ${table}, partitioned by ${metadata.partitionColumns.join(', ')}`);
  }
  for (const column of parseSchema(metadata.schemaString).fields) {
    if (hasInvariant(column))
      throw unsupported(`delta.invariants of column ${column.name} in table ${table}`);
  }
}

/** `delta.appendOnly` promises that rows are never removed. */
export function requireRemovable(metadata: Metadata, table: string): void {
  if (metadata.configuration['delta.appendOnly']?.toLowerCase() === 'true') {
    throw new PlatformError(
      'lake_append_only',
      `table ${table} is append only (delta.appendOnly): rows stay`,
    );
  }
}

function hasInvariant(column: Field): boolean {
  return column.metadata['delta.invariants'] !== undefined || nestedFields(column.type).some(hasInvariant);
}

function nestedFields(type: DataType): readonly Field[] {
  if (typeof type === 'string') return [];
  if (type.type === 'struct') return type.fields;
  if (type.type === 'array') return nestedFields(type.elementType);
  return [...nestedFields(type.keyType), ...nestedFields(type.valueType)];
}

function unsupported(what: string): PlatformError {
  return new PlatformError('lake_feature_unsupported', `${what} is not supported`);
}
