// Producers, one request or one transaction at a time each. kafkajs 2.2.4 gives a sequence number back when a request fails
// and lets the next request take it before the failed one is tried again (`producer/sendMessages.js`), so that a broker which
// had written the failed request takes the next for its repetition and drops it: requests of one producer must not overlap,
// and a producer is done with after a failure.
import kafkajs, { type Producer, type RecordMetadata, type Transaction } from 'kafkajs';
import { messageOf, PlatformError } from '../errors.ts';
import { type RequestPlan, topicMessages } from './kafka-event-log-batches.ts';
import {
  type KafkaClientOptions,
  kafkaClient,
  kafkaError,
  protocolErrorType,
  RETRY,
} from './kafka-event-log-client.ts';

/** A producer that is opened when it is needed and replaced after a failure. Calls must not overlap. */
export class KafkaWriter {
  readonly #options: KafkaClientOptions;
  readonly #transactionalId: string | null;
  #producer: Promise<Producer> | null = null;

  /** With a transactional id it writes transactions; another writer with the same id fences this one. */
  constructor(options: KafkaClientOptions, transactionalId: string | null) {
    this.#options = options;
    this.#transactionalId = transactionalId;
  }

  /** Writes one request, idempotently. */
  async send(request: RequestPlan): Promise<readonly RecordMetadata[]> {
    try {
      const producer = await this.#open();
      return await producer.sendBatch({ topicMessages: topicMessages(request), compression: LZ4 });
    } catch (error) {
      await this.close();
      throw appendError(request, error);
    }
  }

  /**
   * Writes the requests in one transaction. `check` runs after older writers of the same id were fenced and before anything
   * is written; when it throws, nothing is.
   * @throws PlatformError `append_outcome_unknown` (retryable) when the commit was not answered, or not understandably;
   * `event_log_writer_fenced` when a newer writer with the same id has begun, or the transaction took too long
   */
  async transact(
    requests: readonly RequestPlan[],
    check: () => Promise<void> = async () => undefined,
  ): Promise<readonly (readonly RecordMetadata[])[]> {
    let transaction: Transaction | null = null;
    const answers: (readonly RecordMetadata[])[] = [];
    try {
      transaction = await (await this.#open()).transaction();
      await check();
      for (const request of requests) {
        answers.push(
          await transaction.sendBatch({ topicMessages: topicMessages(request), compression: LZ4 }),
        );
      }
    } catch (error) {
      if (transaction !== null) await abort(transaction);
      await this.close();
      throw appendError(requests.flat(), error);
    }
    try {
      await transaction.commit();
    } catch (error) {
      await this.close();
      throw commitError(requests.flat(), error);
    }
    return answers;
  }

  async close(): Promise<void> {
    const opened = this.#producer;
    this.#producer = null;
    if (opened === null) return;
    try {
      await (await opened).disconnect();
    } catch (error) {
      this.#options.onProblem('a kafka producer was not closed', { error: messageOf(error) });
    }
  }

  #open(): Promise<Producer> {
    this.#producer ??= this.#connect();
    return this.#producer;
  }

  async #connect(): Promise<Producer> {
    const transactional = this.#transactionalId !== null && { transactionalId: this.#transactionalId };
    const producer = kafkaClient(this.#options).producer({
      ...transactional,
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      transactionTimeout: TRANSACTION_TIMEOUT_MS,
      createPartitioner:
        () =>
        ({ message }) =>
          message.partition!,
      // The broker writes a transaction's markers after it has answered the commit and refuses the next transaction until
      // then, mostly for a few milliseconds.
      retry: { ...RETRY, initialRetryTime: 5, multiplier: 1.5, retries: 24 },
    });
    await producer.connect();
    return producer;
  }
}

const LZ4 = kafkajs.CompressionTypes.LZ4;

/** A transaction of a process that was killed holds up readers for this long (and the broker's own check, 10 s). */
const TRANSACTION_TIMEOUT_MS = 15_000;

/** The broker ends what cannot be aborted when the transaction times out or its id is used again. */
async function abort(transaction: Transaction): Promise<void> {
  try {
    await transaction.abort();
  } catch {
    return;
  }
}

/** Only a fenced writer knows that nothing was committed; a broker that fails may have written the commit before. */
export function commitError(records: RequestPlan, error: unknown): PlatformError {
  const told = appendError(records, error);
  if (told.code === 'event_log_writer_fenced') return told;
  return new PlatformError(
    'append_outcome_unknown',
    `the commit of a transaction failed, its records may have been appended or not: ${messageOf(error)}`,
    { retryable: true, cause: error },
  );
}

function appendError(records: RequestPlan, error: unknown): PlatformError {
  const topics = [...new Set(records.map(({ record }) => record.topic))].join(', ');
  const type = protocolErrorType(error);
  if (type !== null && TOO_LARGE.has(type)) {
    const bytes = Math.max(...records.map(({ record }) => record.value?.length ?? 0));
    return new PlatformError(
      'record_too_large',
      `a record for ${topics} is larger than the broker takes: the largest value has ${bytes} bytes, see max.message.bytes of the topic`,
      { cause: error },
    );
  }
  if (type !== null && FENCED.has(type)) {
    return new PlatformError(
      'event_log_writer_fenced',
      'another writer of the same source has begun, or this one left a transaction open for too long; nothing was appended: start again from the stored position',
      { cause: error },
    );
  }
  return kafkaError(`cannot append to ${topics}`, error);
}

const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);
const FENCED = new Set(['INVALID_PRODUCER_EPOCH', 'INVALID_TXN_STATE', 'INVALID_PRODUCER_ID_MAPPING']);
