/** For tests: buckets of their own on a running server. */
import { randomUUID } from 'node:crypto';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import type { S3ObjectStoreOptions } from './s3-object-store.ts';

export interface S3Server {
  readonly url: string;
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
}

export interface TestBuckets {
  /** Options for a new, empty bucket. */
  create(prefix?: string): Promise<S3ObjectStoreOptions>;
  /** A name that no bucket has; removed too, should the test create it. */
  name(): string;
  options(bucket: string, prefix?: string): S3ObjectStoreOptions;
  /** Deletes every bucket with what is in it. */
  remove(): Promise<void>;
}

export function testBuckets({ url, accessKeyId = 'test', secretAccessKey = 'test' }: S3Server): TestBuckets {
  const region = 'us-east-1';
  const credentials = { accessKeyId, secretAccessKey };
  const client = new S3Client({ region, endpoint: url, forcePathStyle: true, credentials });
  const names: string[] = [];
  const name = (): string => {
    const bucket = `test-${randomUUID()}`;
    names.push(bucket);
    return bucket;
  };
  const options = (bucket: string, prefix = ''): S3ObjectStoreOptions => ({
    bucket,
    prefix,
    endpoint: url,
    region,
    credentials,
  });
  return {
    name,
    options,
    create: async (prefix) => {
      const bucket = name();
      await client.send(new CreateBucketCommand({ Bucket: bucket }));
      return options(bucket, prefix);
    },
    remove: async () => {
      for (const bucket of names) await removeBucket(client, bucket);
      client.destroy();
    },
  };
}

async function removeBucket(client: S3Client, bucket: string): Promise<void> {
  try {
    for (;;) {
      const { Contents: objects = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
      if (objects.length === 0) break;
      for (const { Key } of objects) await client.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
    }
    await client.send(new DeleteBucketCommand({ Bucket: bucket }));
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'NoSuchBucket') throw error;
  }
}
