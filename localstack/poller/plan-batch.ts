/** What waits in the buffer of one partition. */
export interface BufferState {
  /** Bytes that each waiting record takes in the serialised event, in offset order. */
  readonly recordBytes: readonly number[];
  /** When the first of them was read, milliseconds; null in an empty buffer. */
  readonly firstReadAt: number | null;
  readonly now: number;
}

export interface BatchLimits {
  readonly batchSize: number;
  readonly windowMs: number;
  readonly maximumEventBytes: number;
  /** Bytes of the event around its records. */
  readonly eventOverheadBytes: number;
}

export type BatchPlan =
  /** Nothing to do until more records come or, where `until` is set, until that time in milliseconds. */
  | { readonly type: 'wait'; readonly until: number | null }
  /** Invoke with the first `count` records. */
  | { readonly type: 'invoke'; readonly count: number }
  /** The first record alone is over the limit of an event. */
  | { readonly type: 'oversized' };

/** A batch closes on the first of: batch size reached, event full, window elapsed. */
export function planBatch({ recordBytes, firstReadAt, now }: BufferState, limits: BatchLimits): BatchPlan {
  if (recordBytes.length === 0 || firstReadAt === null) return { type: 'wait', until: null };
  const count = recordsThatFit(recordBytes, limits);
  if (count === 0) return { type: 'oversized' };
  const isFull = count === limits.batchSize || count < recordBytes.length;
  const closesAt = firstReadAt + limits.windowMs;
  return isFull || now >= closesAt ? { type: 'invoke', count } : { type: 'wait', until: closesAt };
}

function recordsThatFit(recordBytes: readonly number[], limits: BatchLimits): number {
  const most = Math.min(recordBytes.length, limits.batchSize);
  let bytes = limits.eventOverheadBytes;
  for (let count = 0; count < most; count += 1) {
    const comma = count === 0 ? 0 : 1;
    bytes += recordBytes[count]! + comma;
    if (bytes > limits.maximumEventBytes) return count;
  }
  return most;
}
