import { describe, expect, it } from 'vitest';
import { type Action, decodeCommit, encodeCommit } from './actions.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('a commit', () => {
  it('survives its bytes, one action a line', () => {
    const actions: Action[] = [
      { commitInfo: { timestamp: 1, operation: 'WRITE', txnId: 'x' } },
      { protocol: { minReaderVersion: 1, minWriterVersion: 2 } },
      { txn: { appId: 'ingest/é', version: 41, lastUpdated: 2 } },
      {
        add: {
          path: 'p',
          partitionValues: {},
          size: 1,
          modificationTime: 3,
          dataChange: true,
          stats: '{"numRecords":1}',
        },
      },
      { remove: { path: 'q', dataChange: false } },
    ];
    const encoded = encodeCommit(actions);
    expect(new TextDecoder().decode(encoded).trimEnd().split('\n')).toHaveLength(actions.length);
    expect(decodeCommit(encoded, 'v')).toEqual(actions);
  });

  it('may hold actions and fields that are not known', () => {
    const text = '{"future":{"x":1}}\n{"txn":{"appId":"a","version":1,"more":2}}\n\n{"cdc":{"path":"c"}}\n';
    expect(decodeCommit(bytes(text), 'v')).toEqual([{ txn: { appId: 'a', version: 1, more: 2 } }]);
  });

  it('may say null for what is absent, and leave out what is empty', () => {
    const lines = [
      '{"add":{"path":"p","partitionValues":{"a":null},"size":1,"modificationTime":2,"dataChange":true,"stats":null,"tags":null,"deletionVector":null}}',
      '{"add":{"path":"q","size":1,"modificationTime":2,"dataChange":true,"deletionVector":{"storageType":"i","pathOrInlineDv":"x","offset":null,"sizeInBytes":1,"cardinality":1}}}',
      '{"remove":{"path":"q","dataChange":true,"size":null,"deletionVector":{"storageType":"i","pathOrInlineDv":"x","offset":null,"sizeInBytes":1,"cardinality":1}}}',
      '{"metaData":{"id":"m","name":null,"schemaString":"{}","partitionColumns":null,"configuration":null}}',
    ];
    const vector = { storageType: 'i', pathOrInlineDv: 'x', sizeInBytes: 1, cardinality: 1 };
    const added = { size: 1, modificationTime: 2, dataChange: true };
    expect(decodeCommit(bytes(lines.join('\n')), 'v')).toStrictEqual([
      { add: { path: 'p', partitionValues: { a: null }, ...added } },
      { add: { path: 'q', partitionValues: {}, ...added, deletionVector: vector } },
      { remove: { path: 'q', dataChange: true, deletionVector: vector } },
      {
        metaData: {
          id: 'm',
          schemaString: '{}',
          partitionColumns: [],
          configuration: {},
          format: { provider: 'parquet', options: {} },
        },
      },
    ]);
  });

  it.each([
    ['{"add":{"path":"p"', 'v line 1'],
    ['{"add":{"size":1}}', 'add.path must be a string, got undefined'],
    ['{"txn":{"appId":"a","version":"1"}}', 'txn.version must be a number, got 1'],
    ['{"txn":{"appId":"a","version":9007199254740993}}', 'txn.version is 9007199254740992'],
    ['[1]', 'is not an object'],
  ])('%s is refused', (text, message) => {
    expect(() => decodeCommit(bytes(text), 'v')).toThrow(message);
  });
});
