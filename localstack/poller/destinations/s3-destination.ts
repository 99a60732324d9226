import { eventKey } from '../../../shared/kafka/index.ts';
import { batchRecordWithPayload } from './invocation-record.ts';
import type { FailedBatch, OnFailureDestination } from './on-failure-destination.ts';

/** Writes one object; durable when resolved. A lake's object store has it. */
export interface ObjectWriter {
  put(path: string, bytes: Uint8Array): Promise<void>;
}

/**
 * Writes one object for the batch, with the whole event in it. The request id in its name makes a repetition write the
 * same object again.
 */
export function s3Destination(mappingId: string, prefix: string, bucket: ObjectWriter): OnFailureDestination {
  return {
    deliver: (batch) =>
      bucket.put(
        `${prefix}${objectName(mappingId, batch)}`,
        Buffer.from(JSON.stringify(batchRecordWithPayload(batch))),
      ),
  };
}

/** `aws/lambda/<mapping>/<topic>-<partition>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<request>`, in UTC, as for AWS's stream sources. */
function objectName(mappingId: string, { records, at, requestId }: FailedBatch): string {
  const iso = new Date(at).toISOString();
  const day = iso.slice(0, 10);
  const time = iso.slice(11, 19).replaceAll(':', '.');
  return `aws/lambda/${mappingId}/${eventKey(records[0]!)}/${day.replaceAll('-', '/')}/${day}T${time}-${requestId}`;
}
