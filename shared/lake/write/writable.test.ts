import { describe, expect, it } from 'vitest';
import type { Metadata, Protocol } from '../log/actions.ts';
import { arrayOf, type Field, field, schemaOf, schemaString } from '../schema/schema.ts';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import { countingEnvironment, orders } from '../testing.ts';
import { openTable } from './table.ts';
import { requireRemovable, requireWritable } from './writable.ts';

const OURS: Protocol = { minReaderVersion: 1, minWriterVersion: 2 };

function metadata(configuration: Readonly<Record<string, string>>, ...fields: readonly Field[]): Metadata {
  return {
    id: 'x',
    format: { provider: 'parquet', options: {} },
    schemaString: schemaString({ type: 'struct', fields }),
    partitionColumns: [],
    configuration,
  };
}

const ruled = (name: string): Field => ({ ...field('c', 'long'), metadata: { [name]: 'x' } });

describe('a table', () => {
  it.each<[string, Protocol, string]>([
    ['a newer writer', { minReaderVersion: 1, minWriterVersion: 4 }, 'writer version 4'],
    [
      'features',
      {
        minReaderVersion: 3,
        minWriterVersion: 7,
        writerFeatures: ['deletionVectors', 'x'],
        readerFeatures: ['deletionVectors'],
      },
      'features: deletionVectors, x',
    ],
    ['a newer reader', { minReaderVersion: 2, minWriterVersion: 2 }, 'reader version 2'],
  ])('that needs %s is not written', (_, protocol, message) => {
    expect(() => requireWritable(protocol, metadata({}), 't')).toThrow(message);
  });

  it.each<[string, Metadata]>([
    ['delta.constraints.positive', metadata({ 'delta.constraints.positive': 'c > 0' })],
    ['delta.enableChangeDataFeed', metadata({ 'delta.enableChangeDataFeed': 'true' })],
    ['delta.enableInCommitTimestamps', metadata({ 'delta.enableInCommitTimestamps': 'TRUE' })],
    ['delta.columnMapping.mode', metadata({ 'delta.columnMapping.mode': 'name' })],
    ['delta.invariants of column c', metadata({}, ruled('delta.invariants'))],
    ['delta.generationExpression of column c', metadata({}, ruled('delta.generationExpression'))],
    ['delta.identity.start of column c', metadata({}, ruled('delta.identity.start'))],
    ['__CHAR_VARCHAR_TYPE_STRING of column c', metadata({}, ruled('__CHAR_VARCHAR_TYPE_STRING'))],
    ['delta.invariants of column c', metadata({}, field('s', schemaOf(ruled('delta.invariants'))))],
    ['delta.invariants of column c', metadata({}, field('s', arrayOf(schemaOf(ruled('delta.invariants')))))],
    ['type timestamp_ntz of column c', metadata({}, field('c', 'timestamp_ntz'))],
    ['type timestamp_ntz of column c', metadata({}, field('c', arrayOf('timestamp_ntz')))],
  ])('with %s is not written', (promise, tableMetadata) => {
    expect(() => requireWritable(OURS, tableMetadata, 't')).toThrow(promise);
  });

  it('with properties that promise nothing is written', () => {
    const configuration = {
      'delta.enableChangeDataFeed': 'false',
      'delta.columnMapping.mode': 'none',
      'delta.appendOnly': 'false',
    };
    expect(() => requireWritable(OURS, metadata(configuration, field('c', 'long')), 't')).not.toThrow();
    expect(() => requireRemovable(metadata(configuration), 't')).not.toThrow();
  });

  it('is not created with a promise that would not be kept', async () => {
    const store = memoryObjectStore();
    const write = { ...orders(1), configuration: { 'delta.enableChangeDataFeed': 'true' } };
    await expect(openTable(store, 't', countingEnvironment()).append(write)).rejects.toMatchObject({
      code: 'lake_feature_unsupported',
    });
    expect(await store.list('')).toEqual([]);
  });
});
