import { type Assignment, eventBytesAroundRecords, type KafkaRecord } from '../../shared/kafka/index.ts';
import { BatchRun } from './batch-run.ts';
import { PartitionBuffer } from './partition-buffer.ts';
import type { WorkerContext } from './worker-context.ts';

/**
 * Turns what is read of one partition into invocations, one at a time and in offset order. It lives as long as the
 * assignment: when the partition is taken away, it drops what it has read.
 */
export class PartitionWorker {
  readonly assignment: Assignment;
  readonly #context: WorkerContext;
  readonly #buffer: PartitionBuffer;
  readonly #run: BatchRun;
  readonly #ending = new AbortController();
  #nextToRead = -1;
  #wake = new AbortController();
  #roomFreed: () => void = () => undefined;
  #atRest: Promise<void> | null = null;

  /** Resolves when the worker has come to rest. */
  readonly ended: Promise<void>;

  /** @param previous resolves when no other invocation for this partition runs */
  constructor(assignment: Assignment, context: WorkerContext, previous: Promise<void>) {
    const { settings, source, stopping } = context;
    this.assignment = assignment;
    this.#context = context;
    this.#buffer = new PartitionBuffer({
      batchSize: settings.batchSize,
      windowMs: settings.maximumBatchingWindowSeconds * 1000,
      maximumEventBytes: settings.maximumEventBytes,
      eventOverheadBytes: eventBytesAroundRecords(source, assignment),
    });
    this.#run = new BatchRun(assignment, context, this.#ending.signal);
    for (const signal of [stopping, assignment.lost]) this.#endWith(signal);
    this.ended = previous.then(() => this.#work());
  }

  /** Takes records in; resolves when there is room for more, or nobody wants them any longer. */
  async deliver(records: readonly KafkaRecord[]): Promise<void> {
    const { timers, counters, isWanted } = this.#context;
    // Nothing is read on while the last invocation of a mapping that stops runs, which may take a quarter of an hour.
    if (this.#ending.signal.aborted) {
      this.#atRest ??= Promise.race([this.ended, timers.sleep(null, this.assignment.lost)]);
      return this.#atRest;
    }
    const wanted = records.filter(isWanted);
    counters.PolledEventCount += records.length;
    counters.FilteredOutEventCount += records.length - wanted.length;
    const last = records.at(-1);
    if (last !== undefined) this.#nextToRead = last.offset + 1;
    this.#buffer.add(wanted, timers.now());
    this.#signal();
    while (!this.#buffer.hasRoom && !this.#ending.signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#roomFreed = resolve;
      });
    }
  }

  async #work(): Promise<void> {
    const { timers } = this.#context;
    while (!this.#ending.signal.aborted) {
      const now = timers.now();
      const plan = this.#buffer.plan(now);
      if (plan.type === 'wait') {
        // Nothing is left of what was read, and the filter may have held back the last of it.
        if (plan.until === null) await this.#run.commit(this.#nextToRead);
        await timers.sleep(plan.until === null ? null : plan.until - now, this.#wake.signal);
        this.#wake = new AbortController();
        continue;
      }
      const records = this.#buffer.take(plan.type === 'invoke' ? plan.count : 1, now);
      this.#roomFreed();
      if (plan.type === 'invoke') await this.#run.handle(records);
      else await this.#giveUpOversized(records[0]!);
    }
  }

  async #giveUpOversized(record: KafkaRecord): Promise<void> {
    const isAway = await this.#run.giveUp([record], {
      condition: 'MaximumPayloadSizeExceeded',
      error: 'the record alone is larger than a Lambda event may be',
      invocations: 0,
    });
    if (isAway) await this.#run.commit(record.offset + 1);
  }

  #endWith(signal: AbortSignal): void {
    const end = (): void => {
      this.#ending.abort();
      this.#signal();
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true, signal: this.#ending.signal });
  }

  #signal(): void {
    this.#wake.abort(WOKEN);
    this.#roomFreed();
  }
}

/** Without a reason Node makes an error, with the stack at that moment, at every delivery. */
const WOKEN = 'woken';
