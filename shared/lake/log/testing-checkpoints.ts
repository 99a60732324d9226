/** Builders of checkpoints of other writers, for the tests of this folder. */
import type { SchemaElement } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';

export const text = (name: string): SchemaElement => ({
  name,
  type: 'BYTE_ARRAY',
  converted_type: 'UTF8',
  repetition_type: 'OPTIONAL',
});
export const leaf = (
  name: string,
  type: SchemaElement['type'],
  more: Partial<SchemaElement> = {},
): SchemaElement => ({
  name,
  ...(type === undefined ? {} : { type }),
  repetition_type: 'OPTIONAL',
  ...more,
});
export const group = (name: string, children: number): SchemaElement => ({
  name,
  repetition_type: 'OPTIONAL',
  num_children: children,
});

/** A Parquet file of one action a row. 64-bit fields are bigint, as its writer demands. */
export function parquetOf(columns: readonly SchemaElement[], rows: readonly object[]): Uint8Array {
  const names = topNames(columns);
  const writer = new ByteWriter();
  const parquet = new ParquetWriter({
    writer,
    schema: [{ name: 'spark_schema', num_children: names.length }, ...columns],
  });
  const data = (name: string) => rows.map((row) => withLongs((row as Record<string, unknown>)[name] ?? null));
  parquet.write({ columnData: names.map((name) => ({ name, data: data(name) })) });
  parquet.finish();
  return writer.getBytes();
}

/** Names of the elements that are in no other. */
function topNames(columns: readonly SchemaElement[]): string[] {
  const names: string[] = [];
  let nested = 0;
  for (const { name, num_children = 0 } of columns) {
    if (nested === 0) names.push(name);
    else nested--;
    nested += num_children;
  }
  return names;
}

const LONGS = new Set([
  'size',
  'modificationTime',
  'version',
  'cardinality',
  'sizeInBytes',
  'deletionTimestamp',
]);

function withLongs(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => {
      const isVector = key === 'deletionVector';
      if (LONGS.has(key) && typeof child === 'number') return [key, BigInt(child)];
      return [key, isVector ? vectorWithLongs(child) : withLongs(child)];
    }),
  );
}

/** The size of a deletion vector is an int, unlike that of a sidecar. */
function vectorWithLongs(vector: { cardinality: number } | undefined): unknown {
  return vector === undefined ? vector : { ...vector, cardinality: BigInt(vector.cardinality) };
}
