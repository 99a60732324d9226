import { PlatformError } from '../../../shared/errors.ts';

/** Where a mapping sends what it gives up. */
export type DestinationAddress =
  | { readonly type: 'kafka'; readonly topic: string }
  /** `prefix` is empty or ends in `/`. */
  | { readonly type: 's3'; readonly bucket: string; readonly prefix: string }
  | QueueAddress;

export interface QueueAddress {
  readonly type: 'sqs' | 'sns';
  readonly arn: string;
  readonly region: string;
  readonly accountId: string;
  readonly name: string;
}

/**
 * Reads `kafka://<topic>`, `arn:aws:s3:::<bucket>[/<prefix>]` or the ARN of an SQS queue or an SNS topic.
 * Source: https://docs.aws.amazon.com/lambda/latest/api/API_OnFailure.html; the prefix in an S3 address is ours.
 * @throws PlatformError `invalid_on_failure_destination`
 */
export function destinationAddress(text: string): DestinationAddress {
  const topic = /^kafka:\/\/([^.][a-zA-Z0-9\-_.]{0,248})$/.exec(text)?.[1];
  if (topic !== undefined) return { type: 'kafka', topic };
  const [, bucket, path] = /^arn:aws[a-z-]*:s3:::([a-z0-9][a-z0-9.-]{2,62})(?:\/(.*))?$/.exec(text) ?? [];
  if (bucket !== undefined) return { type: 's3', bucket, prefix: folderOf(path ?? '') };
  const [arn, type, region, accountId, name] =
    /^arn:aws[a-z-]*:(sqs|sns):([a-z0-9-]+):(\d{12}):([a-zA-Z0-9_-]+)$/.exec(text) ?? [];
  if (arn === undefined || region === undefined || accountId === undefined || name === undefined) {
    throw new PlatformError(
      'invalid_on_failure_destination',
      `onFailureDestination must be kafka://<topic>, arn:aws:s3:::<bucket>[/<prefix>] or the ARN of an SQS queue or SNS topic, got ${text}`,
    );
  }
  return { type: type === 'sqs' ? 'sqs' : 'sns', arn, region, accountId, name };
}

function folderOf(path: string): string {
  return path === '' || path.endsWith('/') ? path : `${path}/`;
}
