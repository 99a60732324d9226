import type { DataFiles, RowsToDrop, ScanFile } from '../data-files/data-files.ts';
import type { AddFile } from '../log/actions.ts';
import { parseStatistics } from '../stats/file-bounds.ts';
import type { TableTarget } from './data-file-target.ts';
import { bytesOf } from './replace-rows.ts';

/** A file of which rows are to go, and how many. */
export interface TouchedFile {
  readonly file: ScanFile;
  readonly rowsToDrop: number;
}

/** Files that go, and those with what is left of them. */
export interface Rewritten {
  readonly removes: readonly AddFile[];
  readonly adds: readonly AddFile[];
  readonly rowsCopied: number;
  readonly bytesRemoved: number;
  readonly bytesAdded: number;
}

/**
 * Writes anew what is left of files when rows are dropped from them: those of one partition together, so that small files
 * become fewer. A file of which no row is left is not read.
 */
export async function rewriteTouched(
  files: DataFiles,
  target: TableTarget,
  touched: readonly TouchedFile[],
  drop: RowsToDrop,
): Promise<Rewritten> {
  const removes = touched.map(({ file }) => file.add);
  const adds: AddFile[] = [];
  let rowsCopied = 0;
  const partlyLeft = touched
    .filter(({ file, rowsToDrop }) => rowsToDrop !== rowsOf(file))
    .map(({ file }) => file);
  for (const group of byPartition(partlyLeft)) {
    const { partitionValues } = group[0]!.add;
    const rewritten = await files.rewrite({ ...target, partitionValues }, { files: group, drop });
    adds.push(...rewritten.adds);
    rowsCopied += rewritten.rows;
  }
  return { removes, adds, rowsCopied, bytesRemoved: bytesOf(removes), bytesAdded: bytesOf(adds) };
}

/** `of` each file, some files at a time, in their order. */
export async function forEachFile<T>(
  files: readonly ScanFile[],
  of: (file: ScanFile) => Promise<T>,
): Promise<readonly T[]> {
  const results = new Array<T>(files.length);
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < files.length; index = next++) results[index] = await of(files[index]!);
  };
  await Promise.all(Array.from({ length: Math.min(FILES_AT_ONCE, files.length) }, work));
  return results;
}

const FILES_AT_ONCE = 8;

/** Rows of a file that are not deleted; null where its statistics do not tell. */
export function rowsOf({ add, deleted }: ScanFile): number | null {
  const rows = parseStatistics(add.stats)?.rows ?? null;
  return rows === null ? null : rows - (deleted?.length ?? 0);
}

function byPartition(files: readonly ScanFile[]): readonly (readonly ScanFile[])[] {
  const groups = new Map<string, ScanFile[]>();
  for (const file of files) {
    const key = JSON.stringify(Object.entries(file.add.partitionValues).sort());
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [file]);
    else group.push(file);
  }
  return [...groups.values()];
}
