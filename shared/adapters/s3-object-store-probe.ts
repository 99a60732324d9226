import { randomUUID } from 'node:crypto';
import { type BucketLocationConstraint, CreateBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import { PlatformError } from '../errors.ts';
import type { ObjectStore } from '../lake/index.ts';
import { describeLocation, failureOf, type Retrying, type S3Location } from './s3-object-store-requests.ts';

/** Objects of probes that were killed may stay there; no table has this path. */
const PROBE_FOLDER = '.put-if-absent-probe';

export interface BucketProbe {
  readonly create: ObjectStore['putIfAbsent'];
  readonly remove: ObjectStore['delete'];
  readonly retrying: Retrying;
  readonly region: string;
  readonly createBucket?: boolean;
}

/**
 * Creates one object twice. Many servers ignore `If-None-Match` without a word, and a table there would lose every commit
 * that another writer repeats: a server that says twice that it created the object is refused.
 */
export async function probeBucket(client: S3Client, location: S3Location, probe: BucketProbe): Promise<void> {
  const path = `${PROBE_FOLDER}/${randomUUID()}`;
  const bytes = new TextEncoder().encode('The second PUT of this object must be refused.');
  try {
    await probe.create(path, bytes);
  } catch (error) {
    const { code, details } = error as Partial<PlatformError>;
    if (details?.s3Code === 'NotImplemented') throw notAtomic(location, error);
    if (code !== 'object_store_bucket_missing' || probe.createBucket !== true) throw error;
    await createBucket(client, location.bucket, probe);
    await probe.create(path, bytes);
  }
  const second = await probe.create(path, bytes);
  await probe.remove(path);
  if (second === 'created') throw notAtomic(location);
}

async function createBucket(
  client: S3Client,
  bucket: string,
  { region, retrying }: BucketProbe,
): Promise<void> {
  // us-east-1 is where a bucket is when no place is named, and may not be named.
  const place =
    region === 'us-east-1'
      ? {}
      : { CreateBucketConfiguration: { LocationConstraint: region as BucketLocationConstraint } };
  await retrying('create the bucket', async () => {
    try {
      await client.send(new CreateBucketCommand({ Bucket: bucket, ...place }));
    } catch (error) {
      // Another process of the platform was first.
      if (failureOf(error).code !== 'BucketAlreadyOwnedByYou') throw error;
    }
  });
}

function notAtomic(location: S3Location, cause?: unknown): PlatformError {
  return new PlatformError(
    'object_store_not_atomic',
    `${describeLocation(location)} does not keep "If-None-Match: *": it wrote one object twice or does not know the condition, ` +
      'so that concurrent writers would overwrite commits · use a store that does: AWS S3, MinIO of April 2024 or later, versitygw',
    { cause },
  );
}
