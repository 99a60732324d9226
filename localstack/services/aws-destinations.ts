import { type AwsSigning, signedHeaders } from '../../shared/adapters/aws-signature.ts';
import { type DestinationPorts, querySender } from '../poller/index.ts';

export interface AwsDestinationsOptions {
  /** Of an emulator, for all services; null: AWS's own. */
  readonly endpoint: string | null;
  /** null: requests to SQS and SNS are not signed, and S3 finds its credentials as the SDK does. */
  readonly signing: AwsSigning | null;
}

/** S3 buckets, SQS queues and SNS topics for what event source mappings give up. */
export function awsDestinations({ endpoint, signing }: AwsDestinationsOptions): DestinationPorts {
  return {
    openBucket: async (bucket) => {
      // Loaded only by who has such a destination: the SDK is large.
      const { openS3ObjectStore } = await import('../../shared/adapters/s3-object-store.ts');
      return openS3ObjectStore({
        bucket,
        prefix: '',
        endpoint,
        region: signing?.region ?? 'us-east-1',
        credentials: signing?.credentials ?? null,
      });
    },
    send: querySender({
      endpoint,
      sign:
        signing === null
          ? null
          : (request, { service, region }) =>
              signedHeaders(request, service, { ...signing, region }, new Date()),
    }),
  };
}
