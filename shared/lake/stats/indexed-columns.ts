// Which columns get statistics: https://docs.delta.io/latest/optimizations-oss.html#data-skipping
import type { DataFileTarget } from '../data-files/data-files.ts';
import type { Field, Schema } from '../schema/schema.ts';

const DEFAULT_INDEXED_COLUMNS = 32;

/**
 * The part of a table's schema that gets statistics: the columns that `statsColumns` names, or else the first 32 leaf columns;
 * never those of the partition. A field within a struct is a leaf, and so is an array or a map as a whole.
 */
export function indexedSchema(
  schema: Schema,
  target: Pick<DataFileTarget, 'partitionValues' | 'indexedColumns' | 'statsColumns'>,
): Schema {
  const { partitionValues, statsColumns } = target;
  const inFile = schema.fields.filter(({ name }) => !Object.hasOwn(partitionValues, name));
  if (statsColumns !== undefined) return { type: 'struct', fields: named(inFile, statsColumns) };
  const indexed = target.indexedColumns ?? DEFAULT_INDEXED_COLUMNS;
  return {
    type: 'struct',
    fields: firstLeaves(inFile, { left: indexed < 0 ? Number.POSITIVE_INFINITY : indexed }),
  };
}

function firstLeaves(fields: readonly Field[], budget: { left: number }): readonly Field[] {
  const chosen: Field[] = [];
  for (const column of fields) {
    if (budget.left <= 0) break;
    if (typeof column.type !== 'string' && column.type.type === 'struct') {
      chosen.push({ ...column, type: { type: 'struct', fields: firstLeaves(column.type.fields, budget) } });
    } else {
      budget.left--;
      chosen.push(column);
    }
  }
  return chosen;
}

/** A path that ends at a struct stands for all of it. Names are compared ignoring case, as Spark does. */
function named(fields: readonly Field[], paths: readonly (readonly string[])[]): readonly Field[] {
  return fields.flatMap((column) => {
    const rests = paths
      .filter(([head]) => head?.toLowerCase() === column.name.toLowerCase())
      .map((path) => path.slice(1));
    if (rests.length === 0) return [];
    if (rests.some((rest) => rest.length === 0)) return [column];
    if (typeof column.type === 'string' || column.type.type !== 'struct') return [];
    return [{ ...column, type: { type: 'struct' as const, fields: named(column.type.fields, rests) } }];
  });
}
