import { type KafkaRecord, recordSizer } from '../../shared/kafka/index.ts';
import { type BatchLimits, type BatchPlan, planBatch } from './plan-batch.ts';

/** Records read and not yet invoked with, of one partition, with their sizes in the event. */
export class PartitionBuffer {
  readonly #limits: BatchLimits;
  readonly #bytesOf = recordSizer();
  #records: KafkaRecord[] = [];
  #recordBytes: number[] = [];
  #bytes = 0;
  #firstReadAt: number | null = null;

  constructor(limits: BatchLimits) {
    this.#limits = limits;
  }

  add(records: readonly KafkaRecord[], now: number): void {
    for (const record of records) {
      const bytes = this.#bytesOf(record);
      this.#records.push(record);
      this.#recordBytes.push(bytes);
      this.#bytes += bytes;
    }
    this.#firstReadAt ??= now;
  }

  plan(now: number): BatchPlan {
    return planBatch({ recordBytes: this.#recordBytes, firstReadAt: this.#firstReadAt, now }, this.#limits);
  }

  /** True while less than one whole batch waits, which bounds what is read ahead during an invocation. */
  get hasRoom(): boolean {
    return this.#records.length < this.#limits.batchSize && this.#bytes < this.#limits.maximumEventBytes;
  }

  /** Removes and returns the first `count` records; the window of what is left begins at `now`. */
  take(count: number, now: number): KafkaRecord[] {
    for (const bytes of this.#recordBytes.splice(0, count)) this.#bytes -= bytes;
    const taken = this.#records.splice(0, count);
    this.#firstReadAt = this.#records.length === 0 ? null : now;
    return taken;
  }
}
