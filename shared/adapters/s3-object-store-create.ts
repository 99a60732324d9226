// Conditional writes: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
import { randomUUID } from 'node:crypto';
import { HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { failureOf, isAnswerLost } from './s3-object-store-requests.ts';

/** User metadata of an object: which call of `putIfAbsent` created it. */
const WRITER_ID = 'writer-id';

export interface NewObject {
  readonly bucket: string;
  readonly key: string;
  readonly bytes: Uint8Array;
}

/**
 * Creates an object unless there is one. The answer of a PUT may be lost after the server has stored it; the next PUT
 * then meets it and is told 412. So every call writes an id of its own beside the bytes, and a 412 that follows a lost
 * answer is settled by reading the id that is there: equal bytes would not tell whose they are.
 * @param retrying repeats what it is given while the failure is a passing one
 */
export async function putObjectIfAbsent(
  client: S3Client,
  { bucket, key, bytes }: NewObject,
  retrying: <T>(send: () => Promise<T>) => Promise<T>,
): Promise<'created' | 'exists'> {
  const writerId = randomUUID();
  const target = { Bucket: bucket, Key: key };
  let mayBeStored = false;

  const create = async (): Promise<'created' | 'exists' | 'unclear'> => {
    try {
      const condition = { IfNoneMatch: '*', Metadata: { [WRITER_ID]: writerId } };
      await client.send(new PutObjectCommand({ ...target, ...condition, Body: bytes }));
      return 'created';
    } catch (error) {
      if (failureOf(error).status === 412) return mayBeStored ? 'unclear' : 'exists';
      if (isAnswerLost(error)) mayBeStored = true;
      throw error;
    }
  };
  const writerOf = async (): Promise<string | null> => {
    try {
      return (await client.send(new HeadObjectCommand(target))).Metadata?.[WRITER_ID] ?? '';
    } catch (error) {
      if (failureOf(error).status === 404) return null;
      throw error;
    }
  };

  for (;;) {
    let failure: unknown = null;
    try {
      const outcome = await retrying(create);
      if (outcome !== 'unclear') return outcome;
    } catch (error) {
      if (!mayBeStored) throw error;
      failure = error;
    }
    const writer = await retrying(writerOf);
    if (writer !== null) return writer === writerId ? 'created' : 'exists';
    // Nothing is there: no attempt got through, or the object was deleted after a PUT had met it, and the next PUT decides.
    if (failure !== null) throw failure;
  }
}
