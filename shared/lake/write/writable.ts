// What a writer must honour: https://github.com/delta-io/delta/blob/master/PROTOCOL.md#requirements-for-writers
import { PlatformError } from '../../errors.ts';
import type { Metadata, Protocol } from '../log/actions.ts';
import { OUR_PROTOCOL } from '../log/protocol.ts';
import { type DataType, type Field, parseSchema, typeName } from '../schema/schema.ts';

/** Refuses to write to a table whose promises to its readers this library does not keep. */
export function requireWritable(protocol: Protocol, metadata: Metadata, path: string): void {
  const { minReaderVersion, minWriterVersion } = protocol;
  if (minReaderVersion > OUR_PROTOCOL.minReaderVersion || minWriterVersion > OUR_PROTOCOL.minWriterVersion) {
    const features = [...new Set([...(protocol.writerFeatures ?? []), ...(protocol.readerFeatures ?? [])])];
    throw new PlatformError(
      'lake_protocol_unsupported',
      `table ${path} needs reader version ${minReaderVersion} and writer version ${minWriterVersion} of its writers ` +
        `(features: ${features.join(', ') || 'none named'}), supported are ${OUR_PROTOCOL.minReaderVersion} and ${OUR_PROTOCOL.minWriterVersion}`,
      { details: { features } },
    );
  }
  const promise = Object.entries(metadata.configuration).find(([name, value]) => isPromise(name, value));
  if (promise !== undefined) throw unsupported(`property ${promise.join(' = ')} of table ${path}`);
  for (const column of parseSchema(metadata.schemaString).fields) requireWritableColumn(column, path);
}

/** `delta.appendOnly` promises that rows are never removed. */
export function requireRemovable({ configuration }: Metadata, path: string): void {
  if (configuration['delta.appendOnly']?.toLowerCase() !== 'true') return;
  throw new PlatformError('lake_append_only', `table ${path} is append only (delta.appendOnly): rows stay`);
}

/** Properties on which a writer must act: that a protocol of this version does not name them does not unmake them. */
function isPromise(name: string, value: string): boolean {
  if (name.startsWith('delta.constraints.')) return true;
  if (name === 'delta.columnMapping.mode') return value.toLowerCase() !== 'none';
  return PROMISES.has(name) && value.toLowerCase() === 'true';
}

const PROMISES: ReadonlySet<string> = new Set([
  'delta.enableChangeDataFeed',
  'delta.enableIcebergCompatV1',
  'delta.enableIcebergCompatV2',
  'delta.enableInCommitTimestamps',
  'delta.enableRowTracking',
]);

/** Metadata of a column that binds its values; the last is how Spark keeps the length of `char(n)` and `varchar(n)`. */
const RULE_OF_VALUES = /^(delta\.(invariants|generationExpression|identity\.)|__CHAR_VARCHAR_TYPE_STRING$)/;

function requireWritableColumn(column: Field, path: string): void {
  const rule = Object.keys(column.metadata).find((key) => RULE_OF_VALUES.test(key));
  if (rule !== undefined) throw unsupported(`${rule} of column ${column.name} in table ${path}`);
  requireWritableType(column.type, column.name, path);
}

const UNWRITABLE_TYPES: ReadonlySet<string> = new Set(['timestamp_ntz', 'void']);

/** `timestamp_ntz` is a feature of the protocol, of which a table of ours has none; columns of type `void` are in no file. */
function requireWritableType(type: DataType, column: string, path: string): void {
  if (typeof type === 'string') {
    if (UNWRITABLE_TYPES.has(type))
      throw unsupported(`type ${typeName(type)} of column ${column} in table ${path}`);
    return;
  }
  if (type.type === 'struct') for (const child of type.fields) requireWritableColumn(child, path);
  if (type.type === 'array') requireWritableType(type.elementType, column, path);
  if (type.type === 'map') {
    requireWritableType(type.keyType, column, path);
    requireWritableType(type.valueType, column, path);
  }
}

function unsupported(what: string): PlatformError {
  return new PlatformError('lake_feature_unsupported', `writing with ${what} is not supported`);
}
