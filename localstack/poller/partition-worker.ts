import { messageOf } from '../../shared/errors.ts';
import {
  type Consumer,
  type EventLog,
  eventBytesAroundRecords,
  type KafkaRecord,
  type LambdaEventSource,
  type LambdaKafkaEvent,
  type TopicPartition,
  toLambdaEvent,
} from '../../shared/kafka/index.ts';
import { type BatchOutcome, outcomeOfResponse, wholeBatch } from './batch-response.ts';
import type { ConcurrencyLimit } from './concurrency-limit.ts';
import { type DeadLetterCondition, deadLetterOf } from './dead-letter.ts';
import type { MappingCounters } from './mapping-metrics.ts';
import type { MappingSettings } from './mapping-settings.ts';
import { PartitionBuffer } from './partition-buffer.ts';
import { backoffMs, planFailure } from './plan-failure.ts';
import type { Timers } from './timers.ts';

/** What all partitions of a mapping share. */
export interface WorkerContext {
  readonly settings: MappingSettings;
  readonly source: LambdaEventSource;
  readonly log: Pick<EventLog, 'append'>;
  readonly commit: Consumer['commit'];
  readonly invoke: (event: LambdaKafkaEvent) => Promise<unknown>;
  readonly limit: ConcurrencyLimit;
  readonly timers: Timers;
  readonly random: () => number;
  readonly backoff: { readonly firstMs: number; readonly mostMs: number };
  readonly counters: MappingCounters;
  readonly onProblem: (message: string, fields: Readonly<Record<string, unknown>>) => void;
  readonly stopping: AbortSignal;
}

/** Records that are invoked with together, cut smaller while a bad one is looked for. */
interface Part {
  readonly records: readonly KafkaRecord[];
  readonly failures: number;
  readonly attempts: number;
  readonly isolating: boolean;
}

/** Turns what is read of one partition into invocations, one at a time and in offset order. */
export class PartitionWorker {
  readonly #at: TopicPartition;
  readonly #context: WorkerContext;
  readonly #buffer: PartitionBuffer;
  #wake = new AbortController();
  #roomFreed: () => void = () => undefined;

  /** Resolves when the worker has come to rest after `stopping`. */
  readonly stopped: Promise<void>;

  constructor(at: TopicPartition, context: WorkerContext) {
    const { settings, source } = context;
    this.#at = at;
    this.#context = context;
    this.#buffer = new PartitionBuffer({
      batchSize: settings.batchSize,
      windowMs: settings.maximumBatchingWindowSeconds * 1000,
      maximumEventBytes: settings.maximumEventBytes,
      eventOverheadBytes: eventBytesAroundRecords(source, at),
    });
    context.stopping.addEventListener('abort', () => this.#signal());
    this.stopped = this.#run();
  }

  /** Takes records in; resolves when there is room for more. */
  async deliver(records: readonly KafkaRecord[]): Promise<void> {
    const { timers, counters, stopping } = this.#context;
    counters.PolledEventCount += records.length;
    this.#buffer.add(records, timers.now());
    this.#signal();
    while (!this.#buffer.hasRoom && !stopping.aborted) {
      await new Promise<void>((resolve) => {
        this.#roomFreed = resolve;
      });
    }
  }

  async #run(): Promise<void> {
    const { timers, stopping } = this.#context;
    while (!stopping.aborted) {
      const now = timers.now();
      const plan = this.#buffer.plan(now);
      if (plan.type === 'wait') {
        await timers.sleep(plan.until === null ? null : plan.until - now, this.#wake.signal);
        this.#wake = new AbortController();
        continue;
      }
      const records = this.#buffer.take(plan.type === 'invoke' ? plan.count : 1, now);
      this.#roomFreed();
      if (plan.type === 'invoke') await this.#handle(records);
      else await this.#giveUp(records[0]!, 'MaximumPayloadSizeExceeded', OVERSIZED, 0);
    }
    this.#roomFreed();
  }

  /** Works through a batch until every record is handled or given up, or the mapping stops. */
  async #handle(batch: readonly KafkaRecord[]): Promise<void> {
    const { settings, stopping } = this.#context;
    const parts: Part[] = [{ records: batch, failures: 0, attempts: 0, isolating: false }];
    for (let part = parts.pop(); part !== undefined && !stopping.aborted; part = parts.pop()) {
      const outcome = await this.#invoke(part.records);
      if (outcome.type === 'success') {
        await this.#commitAfter(part.records.at(-1)!);
        continue;
      }
      if (outcome.failedFrom > 0) await this.#commitAfter(part.records[outcome.failedFrom - 1]!);
      const rest: Part = {
        records: part.records.slice(outcome.failedFrom),
        // Progress starts the count anew: what failed before was another batch.
        failures: outcome.failedFrom > 0 ? 1 : part.failures + 1,
        attempts: part.attempts + 1,
        isolating: part.isolating,
      };
      const plan = planFailure(
        { ...rest, size: rest.records.length, firstIsNamed: outcome.named },
        settings.maximumRetryAttempts,
      );
      if (plan.type === 'retry') {
        parts.push(rest);
        await this.#backOff(rest.failures);
      } else if (plan.type === 'split') {
        const piece = { failures: 0, attempts: rest.attempts, isolating: true };
        parts.push({ ...piece, records: rest.records.slice(plan.at) });
        parts.push({ ...piece, records: rest.records.slice(0, plan.at) });
      } else {
        await this.#giveUp(rest.records[0]!, 'RetryAttemptsExhausted', outcome.error, rest.attempts);
      }
    }
  }

  async #invoke(records: readonly KafkaRecord[]): Promise<BatchOutcome> {
    const { settings, source, limit, invoke, counters } = this.#context;
    counters.InvokedEventCount += records.length;
    const outcome = await limit.run(async (): Promise<BatchOutcome> => {
      try {
        const response = await invoke(toLambdaEvent(source, records));
        return settings.reportBatchItemFailures ? outcomeOfResponse(response, records) : { type: 'success' };
      } catch (error) {
        return wholeBatch(messageOf(error));
      }
    });
    if (outcome.type === 'failure') {
      counters.FailedInvokeEventCount += records.length - outcome.failedFrom;
      this.#report('function failed on a batch', outcome.error, records[outcome.failedFrom]!.offset);
    }
    return outcome;
  }

  /** Puts the record away where it can be found, and only then lets the offset pass it. */
  async #giveUp(
    record: KafkaRecord,
    condition: DeadLetterCondition,
    error: string,
    attempts: number,
  ): Promise<void> {
    const { settings, log, timers, counters } = this.#context;
    const { deadLetterTopic, functionName } = settings;
    this.#report(
      deadLetterTopic === null ? 'record dropped' : `record goes to ${deadLetterTopic}`,
      error,
      record.offset,
    );
    if (deadLetterTopic !== null) {
      const failure = { functionName, condition, error, attempts };
      const letter = deadLetterOf(record, deadLetterTopic, failure, timers.now());
      if (!(await this.#untilDone('dead letter not written', record.offset, () => log.append([letter]))))
        return;
      counters.OnFailureDestinationDeliveredEventCount += 1;
    } else {
      counters.DroppedEventCount += 1;
    }
    await this.#commitAfter(record);
  }

  async #commitAfter(record: KafkaRecord): Promise<void> {
    const { commit } = this.#context;
    await this.#untilDone('offset not committed', record.offset, () =>
      commit(record.partition, record.offset + 1),
    );
  }

  /** Repeats a step of our own until it succeeds; false when the mapping stopped before that. */
  async #untilDone(problem: string, offset: number, step: () => Promise<unknown>): Promise<boolean> {
    for (let failures = 1; ; failures += 1) {
      try {
        await step();
        return true;
      } catch (error) {
        this.#report(problem, messageOf(error), offset);
      }
      await this.#backOff(failures);
      if (this.#context.stopping.aborted) return false;
    }
  }

  #backOff(failures: number): Promise<void> {
    const { timers, backoff, random, stopping } = this.#context;
    return timers.sleep(backoffMs(failures, backoff, random), stopping);
  }

  #report(message: string, error: string, offset: number): void {
    const { settings, counters, timers, onProblem } = this.#context;
    counters.lastError = { message: error, at: timers.now() };
    onProblem(message, { function: settings.functionName, ...this.#at, offset, error });
  }

  #signal(): void {
    this.#wake.abort();
    this.#roomFreed();
  }
}

const OVERSIZED = 'the record alone is larger than a Lambda event may be';
