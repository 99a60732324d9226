import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bitWidthOf, decodeHybrid } from './hybrid-encoding.ts';

describe('runs and bit-packed groups', () => {
  const widths = fc.integer({ min: 1, max: 32 });
  const parts = widths.chain((bitWidth) => {
    const value = fc.integer({ min: 0, max: 2 ** bitWidth - 1 });
    const run = fc.record({ value, count: fc.integer({ min: 1, max: 300 }) });
    const packed = fc
      .array(fc.array(value, { minLength: 8, maxLength: 8 }), { minLength: 1, maxLength: 5 })
      .map((groups) => groups.flat());
    return fc.tuple(fc.constant(bitWidth), fc.array(fc.oneof(run, packed), { minLength: 1, maxLength: 6 }));
  });

  it('of any width give the values that they were made of', () => {
    fc.assert(
      fc.property(parts, fc.nat(7), ([bitWidth, all], spare) => {
        const values = all.flatMap((part) =>
          Array.isArray(part) ? part : new Array<number>(part.count).fill(part.value),
        );
        const bytes = Uint8Array.from([255, ...all.flatMap((part) => encode(part, bitWidth))]);
        const last = all.at(-1);
        // The last group may hold more than there is.
        const count = values.length - (Array.isArray(last) ? spare : 0);
        const out = new Uint32Array(count);
        decodeHybrid(bytes, 1, bytes.length, bitWidth, out, count);
        expect([...out]).toEqual(values.slice(0, count));
      }),
      { numRuns: 300 },
    );
  });

  it('of width 0 are zeros', () => {
    const out = Uint32Array.of(7, 7, 7);
    decodeHybrid(Uint8Array.of(3 << 1), 0, 1, 0, out, 3);
    expect([...out]).toEqual([0, 0, 0]);
  });

  it.each<[string, number[]]>([
    ['too few values', [1 << 1, 1]],
    ['packed values that are not there', [(1 << 1) | 1]],
    ['empty runs', [0, 1, 0, 1]],
  ])('with %s are refused', (_, bytes) => {
    const read = () => decodeHybrid(Uint8Array.from(bytes), 0, bytes.length, 3, new Uint32Array(8), 8);
    expect(read).toThrow(RangeError);
  });

  it('take as many bits as their greatest value', () => {
    expect([0, 1, 2, 3, 4, 255].map(bitWidthOf)).toEqual([0, 1, 2, 2, 3, 8]);
  });
});

function encode(
  part: readonly number[] | { readonly value: number; readonly count: number },
  bitWidth: number,
): number[] {
  if ('count' in part)
    return [...varint(part.count * 2), ...littleEndian(BigInt(part.value), Math.ceil(bitWidth / 8))];
  const bits = part.reduce((sum, value, index) => sum | (BigInt(value) << BigInt(index * bitWidth)), 0n);
  return [...varint((part.length / 8) * 2 + 1), ...littleEndian(bits, (part.length / 8) * bitWidth)];
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
}

function littleEndian(value: bigint, length: number): number[] {
  return Array.from({ length }, (_, index) => Number((value >> BigInt(index * 8)) & 255n));
}
