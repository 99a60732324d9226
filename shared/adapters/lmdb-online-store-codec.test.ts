import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeFact,
  decodeField,
  decodeFieldValue,
  encodeFact,
  encodeField,
  encodeKey,
  keyRange,
  MAX_KEY_BYTES,
  secondOfKey,
} from './lmdb-online-store-codec.ts';

const text = fc.string({ unit: 'binary' });
const version = fc.bigInt(0n, 2n ** 65n);

describe('LMDB entries of the online store', () => {
  it('decode to the field that was encoded', () => {
    fc.assert(
      fc.property(version, fc.option(text), (v, value) => {
        const bytes = encodeField({ version: v, value });
        expect(decodeField(bytes)).toEqual({ version: v, value });
        expect(decodeFieldValue(bytes)).toBe(value);
      }),
    );
  });

  it('decode to the fact that was encoded', () => {
    const adds = fc.array(fc.record({ key: text, field: text, amount: fc.bigInt(-(2n ** 70n), 2n ** 70n) }));
    fc.assert(
      fc.property(version, adds, (v, list) => {
        expect(decodeFact(encodeFact({ version: v, adds: list }))).toEqual({ version: v, adds: list });
      }),
    );
  });

  it('keep a version of 64 bits in ten bytes', () => {
    expect(encodeField({ version: 2n ** 64n - 1n, value: '' })).toHaveLength(12);
  });

  it('begin with the format, and are refused by a program that does not know it', () => {
    const bytes = encodeField({ version: 1n, value: 'x' });
    expect([...bytes]).toEqual([1, 1, 1, 'x'.charCodeAt(0)]);
    bytes[0] = 2;
    expect(() => decodeField(bytes)).toThrow(expect.objectContaining({ code: 'unknown_online_format' }));
    expect(() => decodeFact(bytes)).toThrow(expect.objectContaining({ code: 'unknown_online_format' }));
  });

  it('are refused when cut off', () => {
    const bytes = encodeFact({ version: 300n, adds: [{ key: 'key', field: 'field', amount: -300n }] });
    for (let length = 1; length < bytes.length; length += 1) {
      expect(() => decodeFact(bytes.subarray(0, length))).toThrow(
        expect.objectContaining({ code: 'malformed_online_entry' }),
      );
    }
  });

  it('refuse a negative version', () => {
    expect(() => encodeField({ version: -1n, value: 'x' })).toThrow(
      expect.objectContaining({ code: 'invalid_version' }),
    );
  });
});

describe('LMDB keys of the online store', () => {
  it('lie within the range of their own first part and no other', () => {
    fc.assert(
      fc.property(text, text, text, (first, second, other) => {
        const key = encodeKey(first, second);
        const isWithin = (of: string): boolean => {
          const { start, end } = keyRange(of);
          return Buffer.compare(start, key) <= 0 && Buffer.compare(key, end) < 0;
        };
        expect(secondOfKey(key)).toBe(second);
        expect(isWithin(first)).toBe(true);
        expect(isWithin(other)).toBe(first === other);
      }),
    );
  });

  it('are refused by their length before anything is written', () => {
    expect(() => encodeKey('k', 'f'.repeat(MAX_KEY_BYTES))).toThrow(
      expect.objectContaining({ code: 'online_key_too_long' }),
    );
  });
});
