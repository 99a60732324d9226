import type { Value } from './batch.ts';

/** The values of a column at `rows`, which may repeat; numbers stay in the typed array that they are in. */
export function valuesAt(values: ArrayLike<Value>, rows: Uint32Array): ArrayLike<Value> {
  if (values instanceof BigInt64Array) return longsAt(values, rows);
  if (values instanceof Int32Array) return numbersAt(values, rows, new Int32Array(rows.length));
  if (values instanceof Float64Array) return numbersAt(values, rows, new Float64Array(rows.length));
  if (values instanceof Float32Array) return numbersAt(values, rows, new Float32Array(rows.length));
  const picked = new Array<Value>(rows.length);
  for (let index = 0; index < rows.length; index++) picked[index] = values[rows[index]!] ?? null;
  return picked;
}

/** One column of several parts; typed where all of them are, of one kind. */
export function concatValues(parts: readonly ArrayLike<Value>[]): ArrayLike<Value> {
  const [first] = parts;
  if (first === undefined) return [];
  if (parts.length === 1) return first;
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  if (isEach(parts, Int32Array)) return joined(parts, new Int32Array(length));
  if (isEach(parts, BigInt64Array)) return joined(parts, new BigInt64Array(length));
  if (isEach(parts, Float64Array)) return joined(parts, new Float64Array(length));
  if (isEach(parts, Float32Array)) return joined(parts, new Float32Array(length));
  const all = new Array<Value>(length);
  let next = 0;
  for (const part of parts) for (let index = 0; index < part.length; index++) all[next++] = part[index]!;
  return all;
}

type Numbers = Int32Array | Float32Array | Float64Array;

function numbersAt<T extends Numbers>(values: T, rows: Uint32Array, picked: T): T {
  for (let index = 0; index < rows.length; index++) picked[index] = values[rows[index]!]!;
  return picked;
}

/** By halves: a bigint for each would have to be made. */
function longsAt(values: BigInt64Array, rows: Uint32Array): BigInt64Array {
  const picked = new BigInt64Array(rows.length);
  const from = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
  const to = new Int32Array(picked.buffer);
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index]! * 2;
    to[index * 2] = from[row]!;
    to[index * 2 + 1] = from[row + 1]!;
  }
  return picked;
}

function isEach<T>(parts: readonly unknown[], kind: new (length: number) => T): parts is readonly T[] {
  return parts.every((part) => part instanceof kind);
}

function joined<T extends { set(part: T, offset: number): void; readonly length: number }>(
  parts: readonly T[],
  all: T,
): T {
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}
