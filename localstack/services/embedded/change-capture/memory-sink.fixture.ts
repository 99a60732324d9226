import type { NewRecord } from '../../../../shared/kafka/index.ts';
import type { ChangeSink } from './change-sink.ts';

/** A sink for tests: keeps everything in memory, survives the capture that writes to it, and can be held up. */
export class MemorySink implements ChangeSink {
  readonly records: NewRecord[] = [];
  readonly positions: string[] = [];
  #gate: Promise<void> = Promise.resolve();
  #open: () => void = () => {};

  async position(): Promise<string | null> {
    return this.positions.at(-1) ?? null;
  }

  async append(records: readonly NewRecord[], position: string): Promise<void> {
    await this.#gate;
    this.records.push(...records);
    this.positions.push(position);
  }

  /** Appends wait until `release`. */
  hold(): void {
    this.#gate = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  release(): void {
    this.#open();
    this.#gate = Promise.resolve();
  }
}

/** `commit_lsn:tx_index` of every row record, in the order of the sink. */
export function identities(records: readonly NewRecord[]): string[] {
  return records.flatMap((record) => {
    const commitLsn = header(record, 'commit_lsn');
    return commitLsn === null ? [] : [`${commitLsn}:${header(record, 'tx_index')}`];
  });
}

export function header(record: NewRecord, name: string): string | null {
  const found = record.headers?.find(([key]) => key === name);
  return found === undefined ? null : Buffer.from(found[1]).toString();
}
