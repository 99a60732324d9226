import { columnMappingMode, withColumnMapping } from '../schema/column-mapping.ts';
import { parseSchema, type Schema } from '../schema/schema.ts';
import type { Metadata, Protocol } from './actions.ts';
import { hasReaderFeature } from './protocol.ts';

/** The columns of a table; their mapping to names in data files is in force only where the protocol knows of it. */
export function tableSchema(protocol: Protocol, metadata: Metadata): Schema {
  const mode = hasReaderFeature(protocol, 'columnMapping')
    ? columnMappingMode(metadata.configuration)
    : 'none';
  return withColumnMapping(parseSchema(metadata.schemaString), mode);
}
