import { PlatformError } from '../../errors.ts';
import type { Batch, Value } from '../schema/batch.ts';
import { orderOf } from '../schema/comparable.ts';
import { columnType, matches, type RowMatcher } from '../schema/predicate-match.ts';
import type { Schema } from '../schema/schema.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { writeDataFiles } from '../write/data-file-writer.ts';
import type { DataFileTarget, RewriteFiles, RewrittenFiles, RowsToDrop, WrittenFiles } from './data-files.ts';
import { readParquetFiles } from './read-parquet-files.ts';

/** New files of one partition; its columns are in the log and not in them. */
export async function writeParquetFiles(
  store: ObjectStore,
  target: DataFileTarget,
  batches: Iterable<Batch> | AsyncIterable<Batch>,
): Promise<WrittenFiles> {
  const { partitionValues } = target;
  const schema: Schema = {
    type: 'struct',
    fields: target.schema.fields.filter(({ name }) => !Object.hasOwn(partitionValues, name)),
  };
  const written = await writeDataFiles(store, target.table, schema, inFile(batches, partitionValues), target);
  return { ...written, adds: written.adds.map((add) => ({ ...add, partitionValues })) };
}

export async function rewriteParquetFiles(
  store: ObjectStore,
  target: DataFileTarget,
  { files, drop }: RewriteFiles,
): Promise<RewrittenFiles> {
  const { schema } = target;
  const isDropped = dropper(drop, schema);
  let dropped = 0;
  async function* kept(): AsyncGenerator<Batch> {
    for await (const batch of readParquetFiles(store, { files, schema, tableSchema: schema })) {
      const rows = Array.from({ length: batch.rowCount }, (_, row) => row).filter(
        (row) => !isDropped(batch, row),
      );
      dropped += batch.rowCount - rows.length;
      const columns = Object.entries(batch.columns).map(
        ([name, values]) => [name, rows.map((row) => values[row] ?? null)] as const,
      );
      if (rows.length > 0) yield { rowCount: rows.length, columns: Object.fromEntries(columns) };
    }
  }
  const written = await writeParquetFiles(store, target, kept());
  return { ...written, dropped };
}

async function* inFile(
  batches: Iterable<Batch> | AsyncIterable<Batch>,
  partitionValues: DataFileTarget['partitionValues'],
): AsyncGenerator<Batch> {
  for await (const { rowCount, columns } of batches) {
    const kept = Object.entries(columns).filter(([name]) => !Object.hasOwn(partitionValues, name));
    yield { rowCount, columns: Object.fromEntries(kept) };
  }
}

function dropper(drop: RowsToDrop, schema: Schema): RowMatcher {
  switch (drop.kind) {
    case 'none':
      return () => false;
    case 'where':
      return matches(drop.predicate, schema);
    case 'keys': {
      const keyOf = keyReader(drop.columns, schema);
      const keys = new Set<string>();
      for (const batch of drop.keys) {
        for (let row = 0; row < batch.rowCount; row++) keys.add(keyOf(batch, row));
      }
      return (batch, row) => keys.has(keyOf(batch, row));
    }
  }
}

/** Equal for rows whose `columns` are equal, null being equal to null. */
function keyReader(columns: readonly string[], schema: Schema): (batch: Batch, row: number) => string {
  const orders = columns.map((name) => ({ name, order: orderOf(columnType(schema, name), name) }));
  const part = (value: Value, index: number): string => {
    if (value === null) return 'null';
    const comparable = orders[index]!.order.toComparable(value);
    if (comparable === undefined) {
      throw new PlatformError('lake_value_invalid', `key column ${columns[index]} got ${String(value)}`);
    }
    return comparable instanceof Uint8Array ? `x${comparable.join()}` : JSON.stringify(`${comparable}`);
  };
  return (batch, row) =>
    orders.map(({ name }, index) => part(batch.columns[name]?.[row] ?? null, index)).join();
}
