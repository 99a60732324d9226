import { randomFillSync } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { runningService } from '../../localstack/services/native/running-services.ts';
import { objectStoreContract } from '../lake/store/object-store.contract.ts';
import { openS3ObjectStore } from './s3-object-store.ts';
import { testBuckets } from './s3-object-store-testing.ts';

const minio = testBuckets(runningService('minio'));
const ministack = testBuckets(runningService('ministack'));
afterAll(async () => {
  await minio.remove();
  await ministack.remove();
});

objectStoreContract('a bucket of MinIO', async () => openS3ObjectStore(await minio.create()));
objectStoreContract('a prefix in a bucket of MinIO', async () =>
  openS3ObjectStore(await minio.create('shop data/lake%20+house')),
);
objectStoreContract('a bucket of MiniStack', async () => openS3ObjectStore(await ministack.create('lake')));

describe('S3 as object store', () => {
  it('names objects by bucket and key as they are', async () => {
    const store = await openS3ObjectStore(minio.options((await minio.create()).bucket, 'my lake'));
    const bucket = store.uri('').split('/')[2];
    expect(store.uri('')).toBe(`s3://${bucket}/my lake`);
    for (const path of ['raw/orders/part 1.parquet', 'a%20b', 'ü+😀', 'a=b/c#d?e']) {
      expect(store.uri(path)).toBe(`s3://${bucket}/my lake/${path}`);
    }
  });

  it('leaves nothing of its probe, and two stores of one bucket see each other by prefix alone', async () => {
    const { bucket } = await minio.create();
    const whole = await openS3ObjectStore(minio.options(bucket));
    const part = await openS3ObjectStore(minio.options(bucket, 'lake'));
    await openS3ObjectStore(minio.options(bucket, 'lake-other'));
    await part.put('raw/a', new Uint8Array([1]));
    expect((await whole.list('')).map((object) => object.path)).toEqual(['lake/raw/a']);
    expect((await part.list('')).map((object) => object.path)).toEqual(['raw/a']);
  });

  it('lists more keys than one answer holds, whole and from any of them on', async () => {
    const store = await openS3ObjectStore(await minio.create('lake'));
    const paths = Array.from({ length: 2_105 }, (_, i) => `log/${i.toString().padStart(20, '0')}.json`);
    await inParallel(paths, (path) => store.put(path, new Uint8Array([1])));
    const listed = async (prefix: string, after?: string) =>
      (await store.list(prefix, after)).map((object) => object.path);
    expect(await listed('log/')).toEqual(paths);
    expect(await listed('log/', paths[1_049])).toEqual(paths.slice(1_050));
    expect(await listed('log/', paths.at(-1))).toEqual([]);
    expect(await listed('log/', 'log')).toEqual(paths);
    expect(await listed('log/', 'm')).toEqual([]);
  }, 60_000);

  it('keeps an object of 60 MB byte for byte', async () => {
    const store = await openS3ObjectStore(await minio.create());
    const bytes = randomFillSync(new Uint8Array(60 * 1024 * 1024));
    await store.put('checkpoint', bytes);
    expect(await store.putIfAbsent('commit', bytes)).toBe('created');
    for (const path of ['checkpoint', 'commit']) {
      expect(Buffer.compare((await store.get(path)) ?? new Uint8Array(), bytes)).toBe(0);
    }
  });

  it('refuses a bucket that is not there, and says what to do', async () => {
    const options = minio.options(minio.name());
    await expect(openS3ObjectStore(options)).rejects.toMatchObject({
      code: 'object_store_bucket_missing',
      retryable: false,
      message: expect.stringContaining(
        `there is no bucket ${options.bucket} at ${options.endpoint} · create it`,
      ),
    });
  });

  it('creates the bucket where it is asked to, whoever else does at that moment', async () => {
    const options = { ...minio.options(minio.name()), createBucket: true };
    const stores = await Promise.all([1, 2, 3, 4].map(() => openS3ObjectStore(options)));
    await stores[0]?.put('a', new Uint8Array([7]));
    for (const store of stores) expect(await store.get('a')).toEqual(new Uint8Array([7]));
  });

  it('names a bucket that was deleted while the store was open', async () => {
    const own = testBuckets(runningService('minio'));
    const store = await openS3ObjectStore(await own.create());
    await own.remove();
    const gone = { code: 'object_store_bucket_missing' };
    await expect(store.get('a')).rejects.toMatchObject(gone);
    await expect(store.put('a', new Uint8Array())).rejects.toMatchObject(gone);
    await expect(store.list('')).rejects.toMatchObject(gone);
  });

  it('does not repeat what was refused for good', async () => {
    const options = await minio.create();
    const credentials = {
      accessKeyId: options.credentials?.accessKeyId ?? '',
      secretAccessKey: 'wrong secret',
    };
    await expect(openS3ObjectStore({ ...options, credentials })).rejects.toMatchObject({
      code: 'object_store_failed',
      retryable: false,
      message: expect.stringMatching(/SignatureDoesNotMatch \(403\).*tried 1 time$/),
    });
  });
});

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  for (let start = 0; start < items.length; start += 50) {
    await Promise.all(items.slice(start, start + 50).map(work));
  }
}
