import { describe, expect, it } from 'vitest';
import { epochMillis } from '../../shared/domain/index.ts';
import { type BatchOutcome, outcomeOfResponse } from './batch-response.ts';

const records = [10, 11, 12, 13].map((offset) => ({
  topic: 'orders',
  partition: 2,
  offset,
  timestamp: epochMillis(0),
  key: null,
  value: null,
  headers: [],
}));
const item = (partition: string, offset: unknown) => ({ itemIdentifier: { partition, offset } });

describe('outcomeOfResponse', () => {
  it.each([[undefined], [null], [{}], [{ batchItemFailures: null }], [{ batchItemFailures: [] }], ['text']])(
    'takes %j as success',
    (response) => {
      expect(outcomeOfResponse(response, records)).toEqual({ type: 'success' });
    },
  );

  it('redelivers from the lowest failed offset', () => {
    const response = { batchItemFailures: [item('orders-2', 13), item('orders-2', 11)] };
    expect(outcomeOfResponse(response, records)).toEqual<BatchOutcome>({
      type: 'failure',
      failedFrom: 1,
      named: true,
      error: 'reported as failed: offset 11',
    });
  });

  it.each([
    ['an unknown offset', [item('orders-2', 99)]],
    ['another partition', [item('orders-1', 11)]],
    ['an offset as text', [item('orders-2', '11')]],
    ['no identifier', [{}]],
    ['a failure that is null', [null]],
    ['something that is no list', { 0: item('orders-2', 11) }],
  ])('fails the whole batch for %s', (_, batchItemFailures) => {
    expect(outcomeOfResponse({ batchItemFailures }, records)).toMatchObject({
      type: 'failure',
      failedFrom: 0,
      named: false,
    });
  });
});
