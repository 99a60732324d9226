import type { PartitionPosition } from './event-log.ts';

/** Records that a group has yet to commit: all that a partition holds where it has committed nothing. */
export function offsetLag(positions: readonly PartitionPosition[]): number {
  return positions.reduce(
    (lag, { earliest, latest, committed }) => lag + latest - (committed ?? earliest),
    0,
  );
}
