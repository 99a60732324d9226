import { messageOf } from '../../shared/errors.ts';
import type { Assignment, KafkaRecord } from '../../shared/kafka/index.ts';
import type { FailureCondition } from './destinations/on-failure-destination.ts';
import { type InvocationOutcome, invokeWithRecords } from './invoke-with-records.ts';
import { backoffMs, planFailure } from './plan-failure.ts';
import type { WorkerContext } from './worker-context.ts';

/** Works through batches of one partition, for as long as the partition is held and the mapping runs. */
export class BatchRun {
  readonly #assignment: Assignment;
  readonly #context: WorkerContext;
  readonly #ending: AbortSignal;
  #committed = -1;

  /** @param ending fires when the mapping stops or the partition is taken away */
  constructor(assignment: Assignment, context: WorkerContext, ending: AbortSignal) {
    this.#assignment = assignment;
    this.#context = context;
    this.#ending = ending;
  }

  /** Returns when every record is handled or given up, or at the next step after `ending`. */
  async handle(batch: readonly KafkaRecord[]): Promise<void> {
    const { settings } = this.#context;
    const parts: Part[] = [partOf(batch, 0)];
    for (let next = parts.pop(); next !== undefined && !this.#ending.aborted; next = parts.pop()) {
      const part = await this.#withoutExpired(next);
      if (part === null) continue;
      const { outcome, requestId } = await this.#invoke(part.records);
      if (outcome === null) return;
      if (outcome.type === 'success') {
        await this.commit(part.nextOffset);
        continue;
      }
      if (outcome.type === 'not-run') {
        parts.push({ ...part, notRun: part.notRun + 1 });
        await this.#backOff(part.notRun + 1);
        continue;
      }
      const isRest = outcome.failedFrom > 0;
      if (isRest) await this.commit(part.records[outcome.failedFrom - 1]!.offset + 1);
      const rest: Part = {
        ...part,
        records: part.records.slice(outcome.failedFrom),
        // Progress starts the count anew: what failed before was another batch.
        failures: isRest ? 1 : part.failures + 1,
        invocations: part.invocations + 1,
        notRun: 0,
      };
      const { records, failures, invocations } = rest;
      const plan = planFailure(
        { size: records.length, failures, isRest, firstIsNamed: outcome.named },
        settings,
      );
      if (plan.type === 'retry') {
        parts.push(rest);
        await this.#backOff(failures);
      } else if (plan.type === 'split') {
        const second = records[plan.at]!.offset;
        parts.push({ ...partOf(records.slice(plan.at), invocations), nextOffset: rest.nextOffset });
        parts.push({ ...partOf(records.slice(0, plan.at), invocations), nextOffset: second });
      } else if (
        await this.giveUp(records, {
          condition: 'RetryAttemptsExhausted',
          error: outcome.error,
          invocations,
          requestId,
        })
      ) {
        await this.commit(rest.nextOffset);
      }
    }
  }

  /** Puts the records away where they can be found; false when it ended before that. Committing is the caller's. */
  async giveUp(records: readonly KafkaRecord[], why: GivenUp): Promise<boolean> {
    const { settings, destination, counters, source, functionArn, timers, newId } = this.#context;
    const { condition, error, invocations, requestId = newId() } = why;
    const count = records.length === 1 ? 'record' : `${records.length} records`;
    this.report(
      destination === null ? `${count} dropped` : `${count} sent to the on-failure destination`,
      error,
      records[0]!.offset,
    );
    if (destination !== null) {
      const failed = {
        records,
        source,
        functionName: settings.functionName,
        functionArn,
        condition,
        error,
        requestId,
        approximateInvokeCount: invocations,
        at: timers.now(),
      };
      const deliver = () => destination.deliver(failed);
      if (!(await this.#untilDone('on-failure destination failed', records[0]!.offset, deliver)))
        return false;
      counters.OnFailureDestinationDeliveredEventCount += records.length;
    }
    counters.DroppedEventCount += records.length;
    return true;
  }

  /** Tries until the log has taken the offset, or the partition is gone. */
  async commit(nextOffset: number): Promise<void> {
    if (nextOffset <= this.#committed) return;
    await this.#untilDone('offset not committed', nextOffset - 1, async () => {
      // An offset of a partition that is gone is for its next holder to commit.
      await this.#assignment.commit(nextOffset);
      this.#committed = nextOffset;
    });
  }

  report(message: string, error: string, offset: number): void {
    const { settings, counters, timers, onProblem } = this.#context;
    const { topic, partition } = this.#assignment;
    counters.lastError = { message: error, at: timers.now() };
    onProblem(message, { function: settings.functionName, topic, partition, offset, error });
  }

  /** Gives up what is too old; null when nothing is left to invoke with. */
  async #withoutExpired(part: Part): Promise<Part | null> {
    const { settings, timers } = this.#context;
    const seconds = settings.maximumRecordAgeSeconds;
    if (seconds === -1) return part;
    const oldest = timers.now() - seconds * 1000;
    const expired = part.records.filter((record) => record.timestamp < oldest);
    if (expired.length === 0) return part;
    const records = part.records.filter((record) => record.timestamp >= oldest);
    const error = `older than ${seconds} s`;
    const isAway = await this.giveUp(expired, {
      condition: 'RecordAgeExceeded',
      error,
      invocations: part.invocations,
    });
    if (!isAway) return null;
    if (records.length > 0) return { ...part, records };
    await this.commit(part.nextOffset);
    return null;
  }

  /** The outcome is null when the partition was taken away meanwhile: then it concerns nobody here. */
  async #invoke(
    records: readonly KafkaRecord[],
  ): Promise<{ outcome: InvocationOutcome | null; requestId: string }> {
    const { limit, counters, newId } = this.#context;
    const requestId = newId();
    const outcome = await limit.run(async () => {
      // The wait for a free place may have been long.
      if (this.#ending.aborted) return null;
      return invokeWithRecords(records, this.#context);
    });
    if (outcome === null || this.#assignment.lost.aborted) return { outcome: null, requestId };
    if (outcome.type === 'not-run') {
      this.report('function could not be invoked', outcome.error, records[0]!.offset);
      return { outcome, requestId };
    }
    counters.InvokedEventCount += records.length;
    if (outcome.type === 'failure') {
      counters.FailedInvokeEventCount += records.length - outcome.failedFrom;
      this.report('function failed on a batch', outcome.error, records[outcome.failedFrom]!.offset);
    }
    return { outcome, requestId };
  }

  /** Repeats a step of our own until it succeeds; false when it ended before that. */
  async #untilDone(problem: string, offset: number, step: () => Promise<void>): Promise<boolean> {
    for (let failures = 1; ; failures += 1) {
      try {
        await step();
        return true;
      } catch (error) {
        this.report(problem, messageOf(error), offset);
      }
      await this.#backOff(failures);
      if (this.#ending.aborted) return false;
    }
  }

  #backOff(failures: number): Promise<void> {
    const { timers, backoff, random } = this.#context;
    return timers.sleep(backoffMs(failures, backoff, random), this.#ending);
  }
}

export interface GivenUp {
  readonly condition: FailureCondition;
  readonly error: string;
  readonly invocations: number;
  readonly requestId?: string;
}

/** Records that are invoked with together. */
interface Part {
  readonly records: readonly KafkaRecord[];
  /** To be committed when all of them are done. */
  readonly nextOffset: number;
  /** Failed invocations with exactly these records. */
  readonly failures: number;
  /** Invocations that these records took part in. */
  readonly invocations: number;
  /** Invocations in a row that did not come about. */
  readonly notRun: number;
}

function partOf(records: readonly KafkaRecord[], invocations: number): Part {
  return { records, nextOffset: records.at(-1)!.offset + 1, failures: 0, invocations, notRun: 0 };
}
