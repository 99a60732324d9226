import { describe, expect, it } from 'vitest';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { storePathOf } from './file-path.ts';

function storeAt(root: string): ObjectStore {
  return { ...memoryObjectStore(), uri: (path) => (path === '' ? root : `${root}/${path}`) };
}

const folder = storeAt('/data/lake');
const bucket = storeAt('s3://shop/lake');

describe('the path of a data file', () => {
  it.each<[string, ObjectStore, string, string]>([
    ['relative', folder, 'day=1/a.parquet', 't/day=1/a.parquet'],
    ['decoded once', folder, '_2=bar+%252521/a%20b.parquet', 't/_2=bar+%2521/a b.parquet'],
    ['absolute', folder, '/data/lake/t/a%20b.parquet', 't/a b.parquet'],
    ['absolute, of another table of the store', folder, '/data/lake/u/a.parquet', 'u/a.parquet'],
    ['a file URI', folder, 'file:/data/lake/t/a.parquet', 't/a.parquet'],
    ['a file URI with an empty host', folder, 'file:///data/lake/t/a.parquet', 't/a.parquet'],
    ['an S3 URI', bucket, 's3://shop/lake/t/a.parquet', 't/a.parquet'],
    ['an S3 URI of Hadoop', bucket, 's3a://shop/lake/t/a.parquet', 't/a.parquet'],
  ])('%s', (_, store, uri, path) => {
    expect(storePathOf(store, 't', uri)).toBe(path);
  });

  it.each<[string, ObjectStore, string]>([
    ['in another folder', folder, '/data/lakes/t/a.parquet'],
    ['in another bucket', bucket, 's3://shops/lake/t/a.parquet'],
    ['of another scheme', folder, 'abfss://x@y/t/a.parquet'],
    ['that climbs out', folder, '../u/a.parquet'],
    ['that climbs out when decoded', folder, '%2e%2e/u/a.parquet'],
    ['that climbs out from an absolute one', folder, '/data/lake/../a.parquet'],
  ])('%s is refused by name', (_, store, uri) => {
    expect(() => storePathOf(store, 't', uri)).toThrow(
      expect.objectContaining({ code: 'lake_path_unsupported', message: expect.stringContaining(uri) }),
    );
  });

  it('that is no URI is refused by name', () => {
    expect(() => storePathOf(folder, 't', '50%.parquet')).toThrow('50%.parquet');
  });
});
