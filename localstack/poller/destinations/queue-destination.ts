import type { QueueAddress } from './destination-address.ts';
import { batchRecord } from './invocation-record.ts';
import type { OnFailureDestination } from './on-failure-destination.ts';

/** Sends one message to an SQS queue or publishes it to an SNS topic; resolves when it was accepted. */
export type SendMessage = (to: QueueAddress, message: string) => Promise<void>;

/** Sends one message for the batch: where its records lie and why they were given up. */
export function queueDestination(address: QueueAddress, send: SendMessage): OnFailureDestination {
  return { deliver: (batch) => send(address, JSON.stringify(batchRecord(batch))) };
}
