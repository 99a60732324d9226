import kafkajs from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { commitError } from './kafka-event-log-writer.ts';

describe('a commit that fails', () => {
  it.each(['INVALID_PRODUCER_EPOCH', 'INVALID_TXN_STATE', 'INVALID_PRODUCER_ID_MAPPING'])(
    'has appended nothing when the broker answers %s',
    (type) => {
      expect(commitError([], answer(type))).toMatchObject({
        code: 'event_log_writer_fenced',
        retryable: false,
      });
    },
  );

  it.each([
    ['the broker fails in it', answer('UNKNOWN')],
    ['the broker answers that another has it', answer('NOT_COORDINATOR_FOR_GROUP')],
    ['the connection breaks', new kafkajs.KafkaJSError('Closed connection', { retriable: true })],
  ])('has perhaps appended when %s', (_, error) => {
    expect(commitError([], error)).toMatchObject({ code: 'append_outcome_unknown', retryable: true });
  });
});

function answer(type: string): Error {
  return new kafkajs.KafkaJSProtocolError(Object.assign(new Error(type), { type, retriable: false }));
}
