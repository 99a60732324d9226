import type { Value } from '../lake/index.ts';
import type { BytesColumn, ValidityBits } from './duckdb-data-files-encoded.ts';

/** Strings that are joined before they are turned to UTF-8: one call for many, and a text that stays in the cache. */
const STRINGS_AT_ONCE = 4096;

/** UTF-8; null where a value is no text, or has a lone surrogate. */
export function encodeStrings(
  values: ArrayLike<Value>,
  rowCount: number,
  validity: ValidityBits,
): BytesColumn | null {
  const offsets = new Uint32Array(rowCount + 1);
  let heap = Buffer.allocUnsafe(16 * rowCount);
  let end = 0;
  for (let from = 0; from < rowCount; from += STRINGS_AT_ONCE) {
    const to = Math.min(rowCount, from + STRINGS_AT_ONCE);
    for (let row = from; row < to; row += 1) {
      const value = values[row] ?? null;
      if (value === null) validity.setNull(row);
      else if (typeof value !== 'string') return null;
    }
    // A null joins as nothing. Adding them up one by one takes three times as long.
    const joined = Array.prototype.slice.call(values, from, to).join('');
    const bytes = Buffer.byteLength(joined);
    if (end + bytes > heap.length) heap = grown(heap, end, end + bytes);
    heap.write(joined, end);
    if (bytes === joined.length) {
      for (let row = from; row < to; row += 1) {
        end += (values[row] as string | null | undefined)?.length ?? 0;
        offsets[row + 1] = end;
      }
    } else {
      for (let row = from; row < to; row += 1) {
        const text = (values[row] as string | null | undefined) ?? '';
        // A lone surrogate has no UTF-8; the half that it was joined to may stand in the next string.
        if (SURROGATE.test(text)) return null;
        end += Buffer.byteLength(text);
        offsets[row + 1] = end;
      }
    }
  }
  return { kind: 'bytes', rowCount, validity: validity.bits, heap: heap.subarray(0, end), offsets };
}

const SURROGATE = /\p{Surrogate}/u;

/** null where a value is no bytes. */
export function encodeBinaries(
  values: ArrayLike<Value>,
  rowCount: number,
  validity: ValidityBits,
): BytesColumn | null {
  const offsets = new Uint32Array(rowCount + 1);
  let heap = Buffer.allocUnsafe(16 * rowCount);
  let end = 0;
  for (let row = 0; row < rowCount; row += 1) {
    const value = values[row] ?? null;
    if (value === null) validity.setNull(row);
    else if (!(value instanceof Uint8Array)) return null;
    else {
      if (end + value.length > heap.length) heap = grown(heap, end, end + value.length);
      heap.set(value, end);
      end += value.length;
    }
    offsets[row + 1] = end;
  }
  return { kind: 'bytes', rowCount, validity: validity.bits, heap: heap.subarray(0, end), offsets };
}

function grown(heap: Buffer, used: number, needed: number): Buffer<ArrayBuffer> {
  const larger = Buffer.allocUnsafe(Math.max(needed, 2 * heap.length));
  heap.copy(larger, 0, 0, used);
  return larger;
}
