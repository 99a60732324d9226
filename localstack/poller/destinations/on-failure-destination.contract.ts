import { describe, expect, it } from 'vitest';
import { FAILED_BATCH } from './failed-batch.fixture.ts';
import type { BatchRecord } from './invocation-record.ts';
import type { OnFailureDestination } from './on-failure-destination.ts';

export interface DestinationUnderTest {
  readonly destination: OnFailureDestination;
  /** The JSON documents that were kept, in their order. */
  readonly kept: () => Promise<
    readonly Pick<BatchRecord, 'requestContext' | 'responseContext' | 'KafkaBatchInfo'>[]
  >;
  /** Lets the target refuse everything until the function that is returned is called. */
  readonly refuse: () => () => void;
}

/** @param documents how many it makes of a batch of two records */
export function onFailureDestinationContract(
  name: string,
  documents: number,
  open: () => Promise<DestinationUnderTest>,
): void {
  describe(`on-failure destination: ${name}`, () => {
    it('keeps a batch with what its invocations came to (rule 11)', async () => {
      const { destination, kept } = await open();
      await destination.deliver(FAILED_BATCH);
      const found = await kept();
      expect(found).toHaveLength(documents);
      for (const document of found) {
        expect(document).toMatchObject({
          requestContext: {
            requestId: FAILED_BATCH.requestId,
            functionArn: FAILED_BATCH.functionArn,
            condition: 'RetryAttemptsExhausted',
            approximateInvokeCount: 3,
          },
          responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
          version: '1.0',
          timestamp: '2026-11-23T05:06:07.089Z',
          KafkaBatchInfo: { bootstrapServers: 'b1:9092,b2:9092', eventSourceArn: null },
        });
      }
    });

    it('has no answer of a function that was not invoked (rule 11)', async () => {
      const { destination, kept } = await open();
      await destination.deliver({
        ...FAILED_BATCH,
        condition: 'MaximumPayloadSizeExceeded',
        approximateInvokeCount: 0,
      });
      expect((await kept())[0]).toMatchObject({
        requestContext: { condition: 'MaximumPayloadSizeExceeded' },
        responseContext: null,
      });
    });

    it('rejects while its target refuses, and takes the same batch later (rule 10)', async () => {
      const { destination, kept, refuse } = await open();
      const allow = refuse();
      await expect(destination.deliver(FAILED_BATCH)).rejects.toThrow();
      allow();
      expect(await kept()).toEqual([]);
      await destination.deliver(FAILED_BATCH);
      expect(await kept()).toHaveLength(documents);
    });
  });
}
