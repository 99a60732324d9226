import type { ChangeEvent } from '../domain/index.ts';
import type { KafkaRecord } from '../kafka/index.ts';
import { readChange } from './change-event.ts';

export interface PositionedChange {
  readonly change: ChangeEvent;
  readonly position: KafkaRecord;
}

/**
 * The changes among a batch's records. Tombstones and malformed records are left out: ingest-changes reads the same topics
 * and quarantines what cannot be read, so that each such record is kept once.
 */
export function readChanges(records: readonly KafkaRecord[]): readonly PositionedChange[] {
  const changes: PositionedChange[] = [];
  for (const record of records) {
    const read = readChange(record);
    if (read.kind === 'change') changes.push({ change: read.change, position: record });
  }
  return changes;
}
