// https://docs.delta.io/latest/delta-utility.html#remove-files-no-longer-referenced-by-a-delta-table; hidden names as in Spark's
// DeltaTableUtils.isHiddenDirectory.
import { folderPrefix, type StoredObject } from '../store/object-store.ts';

export interface VacuumPlan {
  /** Objects of the store that no version within the retention needs, by path. */
  readonly files: readonly StoredObject[];
  readonly bytes: number;
}

export interface VacuumRequest {
  /** Of the table, within its store. */
  readonly table: string;
  readonly partitionColumns: readonly string[];
  /** Paths in the store of data files and deletion vectors that a version within the retention needs. */
  readonly needed: ReadonlySet<string>;
  /** Epoch milliseconds. Whatever was written after it may belong to a commit that is under way. */
  readonly writtenBefore: number;
}

/** Chooses from everything below a table's folder. */
export function planVacuum(listed: readonly StoredObject[], request: VacuumRequest): VacuumPlan {
  const { table, needed, writtenBefore } = request;
  const prefix = folderPrefix(table).length;
  const files = listed.filter(
    ({ path, modifiedAt }) =>
      modifiedAt < writtenBefore &&
      !needed.has(path) &&
      !isHidden(path.slice(prefix), request.partitionColumns),
  );
  return { files, bytes: files.reduce((sum, { size }) => sum + size, 0) };
}

/**
 * Whether a path below the table is none of its data: the log, markers of other programs. Folders of a partition column
 * are data whatever the column is called, and `_change_data` holds data that no version needs once it is old.
 */
function isHidden(path: string, partitionColumns: readonly string[]): boolean {
  return path
    .split('/')
    .some(
      (name) =>
        /^[._]/.test(name) &&
        name !== '_change_data' &&
        !partitionColumns.some((column) => name.startsWith(`${column}=`)),
    );
}
