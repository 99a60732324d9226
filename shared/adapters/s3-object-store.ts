/**
 * The lake's object store in a bucket of S3, or of anything that speaks its API and keeps `If-None-Match: *`.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 */
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  compareUtf8,
  joinPath,
  type ObjectStore,
  objectPathSegments,
  type StoredObject,
} from '../lake/index.ts';
import { putObjectIfAbsent } from './s3-object-store-create.ts';
import { probeBucket } from './s3-object-store-probe.ts';
import { retryingRequests, type S3Location } from './s3-object-store-requests.ts';

export interface S3ObjectStoreOptions {
  readonly bucket: string;
  /** Of every key, without a slash at its end; empty: the bucket is the store. */
  readonly prefix: string;
  /** null: AWS. With an endpoint the bucket stands in the path, not in the host name. */
  readonly endpoint: string | null;
  readonly region: string;
  /** null: the SDK's own chain (environment, profile, role). */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | null;
  /** Creates the bucket where there is none; default: a missing bucket is an error. */
  readonly createBucket?: boolean;
  /** Of one operation, all requests told; default 9, which a restart of some seconds does not exhaust. */
  readonly maxAttempts?: number;
  /** Longest silence of a connection in milliseconds before the request counts as lost; default 10,000. */
  readonly idleTimeoutMs?: number;
}

const DEFAULT_ATTEMPTS = 9;
const DEFAULT_IDLE_TIMEOUT_MS = 10_000;
const CONNECT_TIMEOUT_MS = 2_000;

/**
 * Refuses a bucket that does not keep the promise of `putIfAbsent` (`object_store_not_atomic`) or is not there
 * (`object_store_bucket_missing`); asking costs three small requests. Objects are written by one PUT, so up to 5 GiB, and
 * pass through memory whole. Idle connections do not keep a process alive, so that there is nothing to close.
 */
export async function openS3ObjectStore(options: S3ObjectStoreOptions): Promise<ObjectStore> {
  const { bucket, prefix, endpoint } = options;
  if (prefix !== '') objectPathSegments(prefix);
  const client = openClient(options);
  const location: S3Location = { bucket, prefix, endpoint };
  const retrying = retryingRequests(location, options.maxAttempts ?? DEFAULT_ATTEMPTS);

  const keyOf = (path: string): string => joinPath(prefix, ...objectPathSegments(path));
  const create: ObjectStore['putIfAbsent'] = async (path, bytes) => {
    const object = { bucket, key: keyOf(path), bytes };
    return putObjectIfAbsent(client, object, (send) => retrying(`create ${path}`, send));
  };
  const remove = async (path: string): Promise<void> => {
    const target = { Bucket: bucket, Key: keyOf(path) };
    await retrying(`delete ${path}`, () => client.send(new DeleteObjectCommand(target)));
  };

  await probeBucket(client, location, { ...options, create, remove, retrying });

  return {
    get: async (path) => {
      const target = { Bucket: bucket, Key: keyOf(path) };
      return retrying(`read ${path}`, async () => {
        try {
          const { Body } = await client.send(new GetObjectCommand(target));
          return Body === undefined ? new Uint8Array() : await Body.transformToByteArray();
        } catch (error) {
          if (error instanceof NoSuchKey) return null;
          throw error;
        }
      });
    },
    put: async (path, bytes) => {
      const object = { Bucket: bucket, Key: keyOf(path), Body: bytes };
      await retrying(`write ${path}`, () => client.send(new PutObjectCommand(object)));
    },
    putIfAbsent: create,
    list: async (listed, after = '') => {
      const root = prefix === '' ? '' : `${prefix}/`;
      const found: StoredObject[] = [];
      // S3 wants a start within the prefix; one before it leaves nothing out, one behind it leaves nothing.
      const startsWithin = after.startsWith(listed);
      if (!startsWithin && compareUtf8(after, listed) > 0) return found;
      let token: string | undefined;
      do {
        const page = await retrying(`list ${listed}`, () =>
          client.send(
            new ListObjectsV2Command({
              Bucket: bucket,
              Prefix: root + listed,
              // XML has no place for control characters, and makes a line feed of a carriage return.
              EncodingType: 'url',
              ...(startsWithin && after !== '' ? { StartAfter: root + after } : {}),
              ...(token === undefined ? {} : { ContinuationToken: token }),
            }),
          ),
        );
        for (const { Key = '', Size = 0, LastModified } of page.Contents ?? []) {
          const path = decodeKey(Key).slice(root.length);
          found.push({ path, size: Size, modifiedAt: LastModified?.getTime() ?? 0 });
        }
        token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
      } while (token !== undefined);
      return found;
    },
    delete: remove,
    // The probe has seen it.
    createsExclusively: true,
    uri: (path) => `s3://${joinPath(bucket, prefix, ...(path === '' ? [] : objectPathSegments(path)))}`,
  };
}

function openClient(options: S3ObjectStoreOptions): S3Client {
  const { endpoint, region, credentials } = options;
  return new S3Client({
    region,
    ...(endpoint === null ? {} : { endpoint, forcePathStyle: true }),
    ...(credentials === null ? {} : { credentials }),
    // The SDK repeats a conditional PUT whose answer was lost, and then reports that its own object exists. Nor does it
    // repeat a GET whose body broke off. So all repetition is in `retryingRequests`.
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: options.idleTimeoutMs ?? DEFAULT_IDLE_TIMEOUT_MS,
    },
  });
}

/** Form encoding: a space is `+`, or `%20` with some servers. */
function decodeKey(encoded: string): string {
  return decodeURIComponent(encoded.replaceAll('+', '%20'));
}
