import type { NewRecord } from '../../../../shared/kafka/index.ts';

/** Where captured changes go: the event log. */
export interface ChangeSink {
  /** What the last append stored, or null before the first. */
  position(): Promise<string | null>;
  /**
   * Stores the records and the position in one transaction; resolves when both are durable. With no records, only the
   * position. Never called again before it resolved.
   */
  append(records: readonly NewRecord[], position: string): Promise<void>;
}
