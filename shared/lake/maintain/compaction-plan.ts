import { type AddFile, fileKey } from '../log/actions.ts';
import type { Snapshot } from '../log/snapshot.ts';

export interface CompactionRequest {
  /** A file is joined with others up to this size, in bytes. */
  readonly targetFileBytes: number;
  /** Fewer files than this are not worth a rewrite. */
  readonly minInputFiles: number;
  /** Epoch milliseconds. Younger files are left alone: their partition is still being written. */
  readonly settledBefore: number;
  /** Whether a partition is looked at; all are where left out. Columns by the names that the log uses. */
  readonly where?: (partitionValues: AddFile['partitionValues']) => boolean;
}

/** Files of one partition that become one, in the order of their modification times. */
export interface CompactionBin {
  readonly partitionValues: AddFile['partitionValues'];
  readonly files: readonly AddFile[];
  readonly bytes: number;
}

/**
 * Which files to join, by partition. A file is joined only where smaller ones weigh as much together: it at least doubles each
 * time, so that a row is rewritten some few times in its life, however often this runs. What is left alone weighs more
 * than all that is smaller, so that the number of files grows with the logarithm of their bytes.
 */
export function planCompaction(snapshot: Snapshot, request: CompactionRequest): readonly CompactionBin[] {
  return [...partitionsOf(snapshot, request).values()].flatMap((files) =>
    binsOf(
      worthJoining(files).sort((left, right) => left.modificationTime - right.modificationTime),
      request,
    ),
  );
}

function partitionsOf(snapshot: Snapshot, request: CompactionRequest): Map<string, AddFile[]> {
  const columns = snapshot.metadata.partitionColumns;
  const partitions = new Map<string, AddFile[]>();
  for (const file of snapshot.files) {
    if (file.size >= request.targetFileBytes || file.modificationTime >= request.settledBefore) continue;
    if (request.where !== undefined && !request.where(file.partitionValues)) continue;
    const key = JSON.stringify(columns.length === 0 ? [] : Object.entries(file.partitionValues).sort());
    const partition = partitions.get(key);
    if (partition === undefined) partitions.set(key, [file]);
    else partition.push(file);
  }
  return partitions;
}

/** The smallest files, up to the largest that weighs no more than all smaller ones together. */
function worthJoining(files: readonly AddFile[]): AddFile[] {
  const ascending = [...files].sort(
    (left, right) => left.size - right.size || (fileKey(left) < fileKey(right) ? -1 : 1),
  );
  let smaller = 0;
  let count = 0;
  for (const [index, { size }] of ascending.entries()) {
    if (size <= smaller) count = index + 1;
    smaller += size;
  }
  return ascending.slice(0, count);
}

function binsOf(files: readonly AddFile[], request: CompactionRequest): CompactionBin[] {
  const bins: CompactionBin[] = [];
  let open: AddFile[] = [];
  let bytes = 0;
  const close = (): void => {
    if (open.length >= request.minInputFiles) {
      bins.push({ partitionValues: open[0]!.partitionValues, files: open, bytes });
    }
    open = [];
    bytes = 0;
  };
  for (const file of files) {
    if (bytes + file.size > request.targetFileBytes) close();
    open.push(file);
    bytes += file.size;
  }
  close();
  return bins;
}
