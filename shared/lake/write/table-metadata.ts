import { PlatformError } from '../../errors.ts';
import type { Metadata } from '../log/actions.ts';
import { OUR_PROTOCOL } from '../log/protocol.ts';
import type { Snapshot } from '../log/snapshot.ts';
import { requirePartitionable } from '../schema/partition-text.ts';
import { mergeSchemas, type Schema, schemaString } from '../schema/schema.ts';
import type { LakeEnvironment } from './environment.ts';
import { requireRemovable, requireWritable } from './writable.ts';
import type { TableCreation } from './write-requests.ts';

/** What a write brings of which the table's metadata is made, or with which it must agree. */
export interface RowsShape extends TableCreation {
  readonly schema: Schema;
}

/**
 * The metadata of the table once rows of the shape are written to it: that which creates it, or which gains new nullable
 * columns; undefined where it stays as it is. Anything else that differs is refused by name.
 */
export function metadataFor(
  path: string,
  base: Snapshot | null,
  shape: RowsShape,
  environment: Pick<LakeEnvironment, 'now' | 'newId'>,
): Metadata | undefined {
  if (base === null) return newMetadata(path, shape, environment);
  requireAccepts(base, shape);
  const schema = mergeSchemas(base.schema, shape.schema);
  return schema === base.schema ? undefined : { ...base.metadata, schemaString: schemaString(schema) };
}

function requireAccepts(base: Snapshot, shape: RowsShape): void {
  const { protocol, metadata, path } = base;
  requireWritable(protocol, metadata, path);
  mergeSchemas(base.schema, shape.schema);
  const { partitionBy } = shape;
  const columns = metadata.partitionColumns;
  if (partitionBy !== undefined && partitionBy.join('\0') !== columns.join('\0')) {
    throw new PlatformError(
      'lake_schema_mismatch',
      `table ${path} is partitioned by ${list(columns)}, the write asks for ${list(partitionBy)}`,
    );
  }
}

/** Refuses a write that takes rows away from a table that keeps them. */
export function requireReplaceable({ protocol, metadata, path }: Snapshot): void {
  requireWritable(protocol, metadata, path);
  requireRemovable(metadata, path);
}

function newMetadata(
  path: string,
  { schema, partitionBy = [], configuration = {} }: RowsShape,
  { now, newId }: Pick<LakeEnvironment, 'now' | 'newId'>,
): Metadata {
  requirePartitioning(path, schema, partitionBy);
  const metadata: Metadata = {
    id: newId(),
    format: { provider: 'parquet', options: {} },
    schemaString: schemaString(schema),
    partitionColumns: partitionBy,
    configuration,
    createdTime: now(),
  };
  requireWritable(OUR_PROTOCOL, metadata, path);
  return metadata;
}

function requirePartitioning(path: string, schema: Schema, partitionBy: readonly string[]): void {
  const refuse = (why: string): PlatformError =>
    new PlatformError(
      'lake_schema_mismatch',
      `table ${path} cannot be partitioned by ${list(partitionBy)}: ${why}`,
    );
  for (const name of partitionBy) {
    const column = schema.fields.find((candidate) => candidate.name === name);
    if (column === undefined) throw refuse(`there is no column ${name}`);
    requirePartitionable(column);
  }
  if (new Set(partitionBy).size < partitionBy.length) throw refuse('a column is named twice');
  if (partitionBy.length > 0 && partitionBy.length === schema.fields.length) {
    throw refuse('no column is left for the files');
  }
}

function list(columns: readonly string[]): string {
  return columns.length === 0 ? 'nothing' : columns.join(', ');
}
