import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DeletionVector } from '../log/actions.ts';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import { DeletionVectorReader, deletionVectorPath } from './deletion-vector.ts';
import { decodeRoaringBitmap } from './roaring-bitmap.ts';
import { decodeZ85 } from './z85.ts';

const UUID = '00000000-0000-0000-0000-000000000000';
const UUID_IN_Z85 = '0'.repeat(20);

describe('a Roaring bitmap', () => {
  const member = fc.oneof(fc.nat(200), fc.integer({ min: 65_530, max: 66_000 }), fc.nat(2 ** 32 - 1));
  const runs = fc.array(fc.tuple(member, fc.nat(6000)), { maxLength: 5 });

  it.each(['array or bits', 'runs'] as const)('in containers of %s gives its members', (kind) => {
    fc.assert(
      fc.property(fc.array(member), runs, (single, ranges) => {
        const members = new Set(single);
        for (const [first, length] of ranges) {
          for (let at = 0; at <= length && first + at < 2 ** 32; at++) members.add(first + at);
        }
        const ascending = [...members].sort((left, right) => left - right);
        const bytes = serialised(ascending, kind === 'runs');
        expect([...decodeRoaringBitmap(bytes, ascending.length, 'test')]).toEqual(ascending);
      }),
      { numRuns: 50 },
    );
  });

  it.each<[string, Uint8Array, number, string]>([
    ['has other members than the log tells', serialised([1, 2], false), 3, '2 members'],
    ['has more members than the log tells', serialised([1, 2], false), 1, '2 members'],
    ['ends early', serialised([1, 2], false).subarray(0, -1), 2, ''],
    ['has another magic number', Uint8Array.of(0, 1, 2, 3), 0, 'magic number'],
    ['has rows that no file has', beyond32Bits(), 1, 'rows from 1 * 2^32'],
  ])('that %s is refused with a code', (_, bytes, cardinality, message) => {
    expect(() => decodeRoaringBitmap(bytes, cardinality, 'test')).toThrow(
      expect.objectContaining({
        code: 'lake_deletion_vector_corrupt',
        message: expect.stringContaining(message),
      }),
    );
  });
});

describe('Z85', () => {
  // The example of the specification: https://rfc.zeromq.org/spec/32/
  it('is read as its specification says', () => {
    expect([...decodeZ85('HelloWorld')]).toEqual([0x86, 0x4f, 0xd2, 0x6f, 0xb5, 0x59, 0xf7, 0x5b]);
  });

  it.each(['Hell', 'Hel o', '#####'])('%j is refused with a code', (text) => {
    expect(() => decodeZ85(text)).toThrow(expect.objectContaining({ code: 'lake_log_corrupt' }));
  });
});

describe('a deletion vector', () => {
  const vectors = [serialised([3, 4, 5], true), serialised([0, 7], false)];

  it.each<[string, string, string, string]>([
    ['beside its table', 'u', UUID_IN_Z85, `t/deletion_vector_${UUID}.bin`],
    ['in a folder of its table', 'u', `ab${UUID_IN_Z85}`, `t/ab/deletion_vector_${UUID}.bin`],
    ['at an absolute path', 'p', 'memory://t/some%20where.bin', 't/some where.bin'],
  ])('%s is read from its place in the file', async (_, storageType, pathOrInlineDv, path) => {
    const store = memoryObjectStore();
    const { file, offsets } = fileOf(vectors);
    await store.put(path, file);
    const reader = new DeletionVectorReader(store, 't');
    const described = vectors.map((bytes, index) => ({
      storageType,
      pathOrInlineDv,
      offset: offsets[index]!,
      sizeInBytes: bytes.length,
      cardinality: index === 0 ? 3 : 2,
    }));
    expect(deletionVectorPath(store, 't', described[0]!)).toBe(path);
    expect([...(await reader.read(described[0]!))]).toEqual([3, 4, 5]);
    expect([...(await reader.read(described[1]!))]).toEqual([0, 7]);
  });

  it('in the log is read from there', async () => {
    // As Spark wrote it for the tests of delta-kernel-rs.
    const vector: DeletionVector = {
      storageType: 'i',
      pathOrInlineDv: '^Bg9^0rr910000000000iXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L',
      sizeInBytes: 44,
      cardinality: 6,
    };
    const reader = new DeletionVectorReader(memoryObjectStore(), 't');
    expect([...(await reader.read(vector))]).toEqual([3, 4, 7, 11, 18, 29]);
    expect(deletionVectorPath(memoryObjectStore(), 't', vector)).toBeNull();
  });

  it.each<[string, (file: Uint8Array) => void, string]>([
    ['a changed byte', (file) => file.fill(file[20]! ^ 1, 20, 21), 'checksum'],
    ['another size', (file) => file.fill(9, 4, 5), 'of which the log tells'],
    ['another version', (file) => file.fill(2, 0, 1), 'version 2'],
  ])('with %s is refused with a code', async (_, damage, message) => {
    const store = memoryObjectStore();
    const { file } = fileOf(vectors);
    damage(file);
    await store.put(`t/deletion_vector_${UUID}.bin`, file);
    const vector = { storageType: 'u', pathOrInlineDv: UUID_IN_Z85, offset: 1, cardinality: 3 };
    const read = new DeletionVectorReader(store, 't').read({ ...vector, sizeInBytes: vectors[0]!.length });
    await expect(read).rejects.toMatchObject({
      code: 'lake_deletion_vector_corrupt',
      message: expect.stringContaining(message),
    });
  });

  it('that is gone or of an unknown kind is refused with a code', async () => {
    const reader = new DeletionVectorReader(memoryObjectStore(), 't');
    const vector = { pathOrInlineDv: UUID_IN_Z85, offset: 1, sizeInBytes: 1, cardinality: 1 };
    await expect(reader.read({ storageType: 'u', ...vector })).rejects.toMatchObject({
      code: 'lake_data_file_missing',
    });
    await expect(reader.read({ storageType: 'x', ...vector })).rejects.toMatchObject({
      code: 'lake_feature_unsupported',
    });
  });
});

/** A file of deletion vectors, as Delta lays it out. */
function fileOf(vectors: readonly Uint8Array[]): { readonly file: Uint8Array; readonly offsets: number[] } {
  const parts: Buffer[] = [Buffer.of(1)];
  const offsets: number[] = [];
  let length = 1;
  for (const vector of vectors) {
    offsets.push(length);
    const frame = Buffer.alloc(4 + vector.length + 4);
    frame.writeUInt32BE(vector.length, 0);
    frame.set(vector, 4);
    frame.writeUInt32BE(crc32(vector), 4 + vector.length);
    parts.push(frame);
    length += frame.length;
  }
  return { file: Uint8Array.from(Buffer.concat(parts)), offsets };
}

/** Written out from the format's text, to check the reader by. */
function serialised(ascending: readonly number[], asRuns: boolean): Uint8Array {
  const groups = new Map<number, number[]>();
  for (const value of ascending) {
    const key = Math.floor(value / 65_536);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value % 65_536]);
    else group.push(value % 65_536);
  }
  const keys = [...groups.keys()];
  const bodies = keys.map((key) => (asRuns ? runsOf(groups.get(key)!) : arrayOrBits(groups.get(key)!)));
  const header: number[] = asRuns
    ? [...u32(12347 + (keys.length - 1) * 65_536), ...new Array<number>(Math.ceil(keys.length / 8)).fill(255)]
    : [...u32(12346), ...u32(keys.length)];
  const descriptions = keys.flatMap((key) => [...u16(key), ...u16(groups.get(key)!.length - 1)]);
  const offsets = !asRuns || keys.length >= 4 ? keys.flatMap(() => u32(0)) : [];
  if (asRuns && keys.length === 0) return Uint8Array.from([...u32(1681511377), ...u32(0), ...u32(0)]);
  return Uint8Array.from([
    ...u32(1681511377),
    ...u32(1),
    ...u32(0),
    ...u32(0),
    ...header,
    ...descriptions,
    ...offsets,
    ...bodies.flat(),
  ]);
}

function runsOf(values: readonly number[]): number[] {
  const runs: [number, number][] = [];
  for (const value of values) {
    const last = runs.at(-1);
    if (last !== undefined && last[0] + last[1] + 1 === value) last[1]++;
    else runs.push([value, 0]);
  }
  return [...u16(runs.length), ...runs.flatMap(([first, length]) => [...u16(first), ...u16(length)])];
}

function arrayOrBits(values: readonly number[]): number[] {
  if (values.length <= 4096) return values.flatMap(u16);
  const bits = new Array<number>(8192).fill(0);
  for (const value of values) bits[value >> 3] = (bits[value >> 3] ?? 0) | (1 << (value & 7));
  return bits;
}

function beyond32Bits(): Uint8Array {
  const bytes = serialised([1], false);
  bytes[12] = 1;
  return bytes;
}

function u16(value: number): number[] {
  return [value & 255, value >> 8];
}

function u32(value: number): number[] {
  return [...u16(value % 65_536), ...u16(Math.floor(value / 65_536))];
}
