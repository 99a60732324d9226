import type { Metadata } from '../log/actions.ts';
import type { BatchRow } from '../schema/batch.ts';
import type { Predicate } from '../schema/predicate.ts';
import { columnsOf, matches } from '../schema/predicate-match.ts';
import type { Schema } from '../schema/schema.ts';

/** Whether `where` is true of a partition; null where it reads a column that is none of the partition's. */
export function partitionTest(
  table: { readonly schema: Schema; readonly metadata: Pick<Metadata, 'partitionColumns'> },
  where: Predicate,
): ((partition: BatchRow) => boolean) | null {
  if (strayColumn(where, table.metadata.partitionColumns) !== undefined) return null;
  const isTrue = matches(where, table.schema);
  return (partition) => {
    const columns = Object.entries(partition).map(([name, value]) => [name, [value]] as const);
    return isTrue({ rowCount: 1, columns: Object.fromEntries(columns) }, 0);
  };
}

/** A column of the predicate that is none of the partition's. */
export function strayColumn(where: Predicate, partitionColumns: readonly string[]): string | undefined {
  return [...columnsOf(where)].find((name) => !partitionColumns.includes(name));
}
