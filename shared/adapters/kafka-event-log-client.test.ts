import kafkajs from 'kafkajs';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { kafkaError } from './kafka-event-log-client.ts';

describe('the requests of a connection to kafka', () => {
  let queue: RequestQueue;
  let sent: number[];
  const push = (correlationId: number): void =>
    queue.push({
      entry: { correlationId, resolve: () => undefined },
      expectResponse: true,
      sendRequest: () => sent.push(correlationId),
    });

  beforeEach(() => {
    sent = [];
    queue = new RequestQueue({
      maxInFlightRequests: 1,
      requestTimeout: 1000,
      logger: { debug: () => undefined },
    });
  });
  afterEach(() => queue.destroy());

  it('have no timer when none of them waits', () => {
    push(1);
    queue.fulfillRequest({ correlationId: 1 });
    expect(sent).toEqual([1]);
    expect(queue.throttleCheckTimeoutId).toBeNull();
  });

  it('go out when the one before is answered, and when the broker has throttled long enough', async () => {
    push(1);
    push(2);
    expect(sent).toEqual([1]);
    queue.fulfillRequest({ correlationId: 1 });
    expect(sent).toEqual([1, 2]);
    queue.fulfillRequest({ correlationId: 2 });
    queue.maybeThrottle(20);
    push(3);
    expect(sent).toEqual([1, 2]);
    await vi.waitFor(() => expect(sent).toEqual([1, 2, 3]), { timeout: 10_000, interval: 2 });
  });
});

describe('an error of kafkajs', () => {
  it.each([
    [
      'tries that came to nothing',
      new kafkajs.KafkaJSNumberOfRetriesExceeded(new Error('away'), { retryCount: 1, retryTime: 1 }),
    ],
    [
      'a broker that gives no answer',
      Reflect.construct(kafkajs.KafkaJSGroupCoordinatorNotFound, ['not found']),
    ],
    ['a broken connection', new kafkajs.KafkaJSConnectionError('closed')],
  ])('may be tried again: %s', (_, error) => {
    expect(kafkaError('cannot append', error)).toMatchObject({
      code: 'event_log_unreachable',
      retryable: true,
    });
  });

  it('may not be tried again when the broker refuses', () => {
    const refused = new kafkajs.KafkaJSNonRetriableError('not authorized');
    expect(kafkaError('cannot append', refused)).toMatchObject({
      code: 'event_log_refused',
      retryable: false,
    });
  });
});
