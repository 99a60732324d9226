import type { BatchRow, DataType, Schema, Value } from '../../../shared/lake/index.ts';

const EPOCH_MS = Date.UTC(2026, 10, 23);
const TEXTS = ['plain', 'ünï ¢ødé 🛒', "o'neil", '"quoted", and', '', 'tab\there'];

/** Rows with every value of every type that JSON carries exactly; each column is null in every seventh row or so. */
export function sampleRows({ fields }: Schema, count: number): BatchRow[] {
  return Array.from({ length: count }, (_, row) =>
    Object.fromEntries(
      fields.map(({ name, type }, column) => [
        name,
        (row + column) % 7 === 6 ? null : sampleValue(type, row * 31 + column),
      ]),
    ),
  );
}

/** A value as Trino's JSON shows it. https://trino.io/docs/476/connector/delta-lake.html#type-mapping */
export function asTrinoShows(type: DataType, value: Value | undefined): unknown {
  if (value === null || value === undefined) return null;
  if (typeof type === 'object' && type.type === 'array')
    return (value as readonly Value[]).map((element) => asTrinoShows(type.elementType, element));
  if (type === 'timestamp') {
    return `${new Date(Number((value as bigint) / 1000n)).toISOString().replace('T', ' ').slice(0, -1)} UTC`;
  }
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  return value;
}

function sampleValue(type: DataType, seed: number): Value {
  switch (type) {
    case 'integer':
      return (seed * 7919) % 2_147_483_647;
    case 'long':
      return BigInt(seed) * 1_000_003n;
    case 'double':
    case 'float':
      return seed / 8 - 3;
    case 'boolean':
      return seed % 2 === 0;
    case 'timestamp':
      return BigInt(EPOCH_MS + seed * 61_001) * 1000n;
    case 'string':
      return `${TEXTS[seed % TEXTS.length]} ${seed}`;
    case 'binary':
      return Uint8Array.of(seed % 256, 0, 255);
    default:
      if (typeof type === 'string' && type.startsWith('decimal')) {
        return `${seed % 3 === 0 ? '-' : ''}${seed}.${String(seed % 100).padStart(2, '0')}`;
      }
      if (typeof type === 'object' && type.type === 'array') {
        const { elementType, containsNull } = type;
        return Array.from({ length: seed % 4 }, (_, at) =>
          containsNull && at === 1 ? null : sampleValue(elementType, seed + at),
        );
      }
      throw new Error(`no sample for ${JSON.stringify(type)}`);
  }
}
