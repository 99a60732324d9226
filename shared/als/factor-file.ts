/** One side's factors as Parquet: `id int, features array<float>`, the three-level list that Spark writes and reads. */
import { parquetReadObjects, type SchemaElement } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { PlatformError } from '../errors.ts';

/** https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#lists */
const SCHEMA: SchemaElement[] = [
  { name: 'spark_schema', num_children: 2 },
  { name: 'id', type: 'INT32', repetition_type: 'REQUIRED' },
  {
    name: 'features',
    repetition_type: 'OPTIONAL',
    num_children: 1,
    converted_type: 'LIST',
    logical_type: { type: 'LIST' },
  },
  { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
  { name: 'element', type: 'FLOAT', repetition_type: 'REQUIRED' },
];

/** @param factors `ids.length` rows of equal length, one after the other */
export function encodeFactors(ids: Int32Array, factors: Float32Array): Uint8Array {
  const rank = ids.length === 0 ? 0 : factors.length / ids.length;
  const features = Array.from(ids, (_, row) => Array.from(factors.subarray(row * rank, (row + 1) * rank)));
  return new Uint8Array(
    parquetWriteBuffer({
      schema: SCHEMA,
      columnData: [
        { name: 'id', data: ids },
        { name: 'features', data: features, encoding: 'PLAIN' },
      ],
      createdBy: 'customer-insight-platform',
    }),
  );
}

/**
 * Rows in any order, as Spark writes them; handed back by ascending id.
 * @throws PlatformError `model_artifact` for a row that is not an id and `rank` finite numbers, or an id that occurs twice
 */
export async function decodeFactors(
  bytes: Uint8Array,
  rank: number,
): Promise<{ ids: Int32Array; factors: Float32Array }> {
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  const rows = await parquetReadObjects({ file });
  rows.sort((a, b) => Number(a.id) - Number(b.id));
  const ids = new Int32Array(rows.length);
  const factors = new Float32Array(rows.length * rank);
  rows.forEach((row, position) => {
    const { id, features } = row as { id: unknown; features: unknown };
    if (
      !Number.isInteger(id) ||
      !Array.isArray(features) ||
      features.length !== rank ||
      !features.every(Number.isFinite)
    ) {
      throw new PlatformError(
        'model_artifact',
        `the factors of id ${String(id)} are not ${rank} finite numbers`,
      );
    }
    if (position > 0 && ids[position - 1] === id)
      throw new PlatformError('model_artifact', `id ${String(id)} has two rows of factors`);
    ids[position] = Number(id);
    factors.set(features as number[], position * rank);
  });
  return { ids, factors };
}
