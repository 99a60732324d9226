import type { PlatformError } from '../../../shared/errors.ts';
import {
  type CaptureOwner,
  type CaptureSource,
  type DebeziumOwner,
  planStart,
  type SlotState,
} from '../embedded/change-capture/index.ts';

/** How a connector comes by its slot. */
export type DebeziumPlan =
  /** It had it, and goes on. */
  | { readonly action: 'continue'; readonly owner: DebeziumOwner }
  /** Someone else registered it, and the event log does not know of it yet. */
  | { readonly action: 'adopt' }
  /** It makes the slot and reads all rows. `reason`: null at the very first start. */
  | { readonly action: 'snapshot'; readonly reason: string | null }
  /** The embedded capture has it, and hands it over where it stands. */
  | { readonly action: 'take-over' }
  | { readonly action: 'refuse'; readonly error: PlatformError };

/**
 * Decides by what the event log says of the slot's owner. The rules of the embedded capture hold for both: a slot that is
 * gone, lost or moved on, and a publication that was made anew, ask for all rows afresh.
 */
export function planDebeziumStart(
  stored: CaptureOwner | null,
  slot: SlotState | null,
  source: CaptureSource,
  connectorHasOffset: boolean,
): DebeziumPlan {
  if (stored === null) {
    return connectorHasOffset && slot !== null
      ? { action: 'adopt' }
      : { action: 'snapshot', reason: slot === null ? null : 'the slot is of an unknown reader' };
  }
  if (stored.owner === 'debezium') {
    const judged = planStart(standing(stored.source, slot), slot, source);
    if (judged.action !== 'resume') {
      return judged.action === 'refuse' ? judged : { action: 'snapshot', reason: judged.reason };
    }
    return connectorHasOffset || stored.snapshotMode === 'no_data'
      ? { action: 'continue', owner: stored }
      : { action: 'snapshot', reason: 'the snapshot was not begun' };
  }
  const judged = planStart(stored.position, slot, source);
  switch (judged.action) {
    case 'resume':
      return { action: 'take-over' };
    case 'snapshot':
      return { action: 'snapshot', reason: judged.reason };
    case 'refuse':
      return judged;
  }
}

/** A position that the slot's own place cannot contradict: Debezium checks that against its offset. */
function standing(source: CaptureSource, slot: SlotState | null) {
  const lsn = slot?.confirmedFlush ?? 0n;
  return { source, snapshotDone: true, commitLsn: lsn, safeLsn: lsn, lastCommitEnd: null, partial: null };
}
