// The physical schema of a V1 checkpoint as Spark writes it: everything optional except the keys of maps.
// https://github.com/delta-io/delta/blob/master/PROTOCOL.md#checkpoint-schema
import type { SchemaElement } from 'hyparquet';

export const CHECKPOINT_COLUMNS = ['txn', 'add', 'remove', 'metaData', 'protocol'] as const;

export const CHECKPOINT_SCHEMA: readonly SchemaElement[] = [
  { name: 'spark_schema', num_children: CHECKPOINT_COLUMNS.length },
  ...struct('txn', text('appId'), long('version'), long('lastUpdated')),
  ...struct(
    'add',
    text('path'),
    textMap('partitionValues'),
    long('size'),
    long('modificationTime'),
    boolean('dataChange'),
    textMap('tags'),
    deletionVector(),
    long('baseRowId'),
    long('defaultRowCommitVersion'),
    text('stats'),
  ),
  ...struct(
    'remove',
    text('path'),
    long('deletionTimestamp'),
    boolean('dataChange'),
    boolean('extendedFileMetadata'),
    textMap('partitionValues'),
    long('size'),
    deletionVector(),
    long('baseRowId'),
    long('defaultRowCommitVersion'),
  ),
  ...struct(
    'metaData',
    text('id'),
    text('name'),
    text('description'),
    struct('format', text('provider'), textMap('options')),
    text('schemaString'),
    textList('partitionColumns'),
    textMap('configuration'),
    long('createdTime'),
  ),
  ...struct(
    'protocol',
    int('minReaderVersion'),
    int('minWriterVersion'),
    textList('readerFeatures'),
    textList('writerFeatures'),
  ),
];

type Subtree = readonly SchemaElement[];

function struct(name: string, ...children: readonly Subtree[]): Subtree {
  return [{ name, repetition_type: 'OPTIONAL', num_children: children.length }, ...children.flat()];
}

function text(name: string, repetition_type: 'OPTIONAL' | 'REQUIRED' = 'OPTIONAL'): Subtree {
  return [
    { name, type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' }, repetition_type },
  ];
}

function long(name: string): Subtree {
  return [{ name, type: 'INT64', repetition_type: 'OPTIONAL' }];
}

function int(name: string): Subtree {
  return [{ name, type: 'INT32', repetition_type: 'OPTIONAL' }];
}

function boolean(name: string): Subtree {
  return [{ name, type: 'BOOLEAN', repetition_type: 'OPTIONAL' }];
}

function textMap(name: string): Subtree {
  return [
    {
      name,
      repetition_type: 'OPTIONAL',
      num_children: 1,
      converted_type: 'MAP',
      logical_type: { type: 'MAP' },
    },
    { name: 'key_value', repetition_type: 'REPEATED', num_children: 2 },
    ...text('key', 'REQUIRED'),
    ...text('value'),
  ];
}

function textList(name: string): Subtree {
  return [
    {
      name,
      repetition_type: 'OPTIONAL',
      num_children: 1,
      converted_type: 'LIST',
      logical_type: { type: 'LIST' },
    },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    ...text('element'),
  ];
}

function deletionVector(): Subtree {
  return struct(
    'deletionVector',
    text('storageType'),
    text('pathOrInlineDv'),
    int('offset'),
    int('sizeInBytes'),
    long('cardinality'),
    long('maxRowIndex'),
  );
}
