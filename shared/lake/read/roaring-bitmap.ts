// Portable serialisation of Roaring bitmaps: https://github.com/RoaringBitmap/RoaringFormatSpec
// in the array of 64-bit ones of Delta: https://github.com/delta-io/delta/blob/master/PROTOCOL.md#deletion-vector-format
// All numbers are little endian.
import { messageOf, PlatformError } from '../../errors.ts';

/** Marks a serialised array of 32-bit bitmaps, one for each value of the upper 32 bits. */
const PORTABLE_MAGIC = 1681511377;
/** Low half of the first word of a 32-bit bitmap: some containers are runs; the upper half counts the containers. */
const WITH_RUNS = 12347;
const WITHOUT_RUNS = 12346;
/** A bitmap with runs states where its containers lie only if it has at least as many. */
const OFFSETS_FROM = 4;
/** A container of more values is a bitmap of 2^16 bits. */
const ARRAY_LIMIT = 4096;
const BITMAP_BYTES = 8192;

/** The members of a serialised bitmap, ascending, exactly `cardinality` of them and all below 2^32. */
export function decodeRoaringBitmap(bytes: Uint8Array, cardinality: number, source: string): Uint32Array {
  const reader = new Reader(bytes);
  try {
    const members = new Members(cardinality);
    const magic = reader.uint32();
    if (magic !== PORTABLE_MAGIC) throw new RangeError(`magic number ${magic} is not ${PORTABLE_MAGIC}`);
    const bitmaps = reader.uint64();
    if (bitmaps > 1n) throw new RangeError(`${bitmaps} bitmaps: rows from 2^32 on are not supported`);
    for (let bitmap = 0n; bitmap < bitmaps; bitmap++) {
      const upper = reader.uint32();
      if (upper !== 0) throw new RangeError(`rows from ${upper} * 2^32 on are not supported`);
      readBitmap(reader, members);
    }
    return members.ascending();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new PlatformError('lake_deletion_vector_corrupt', `${source}: ${messageOf(cause)}`, { cause });
  }
}

function readBitmap(reader: Reader, members: Members): void {
  const cookie = reader.uint32();
  const hasRuns = (cookie & 0xffff) === WITH_RUNS;
  if (!hasRuns && cookie !== WITHOUT_RUNS) throw new RangeError(`cookie ${cookie} is none of a bitmap`);
  const containers = hasRuns ? (cookie >>> 16) + 1 : reader.uint32();
  const isRun = hasRuns ? reader.bytes(Math.ceil(containers / 8)) : new Uint8Array();
  const headers = Array.from({ length: containers }, () => ({
    base: reader.uint16() * 0x1_0000,
    count: reader.uint16() + 1,
  }));
  if (!hasRuns || containers >= OFFSETS_FROM) reader.bytes(containers * 4);
  for (const [index, { base, count }] of headers.entries()) {
    if (((isRun[index >> 3] ?? 0) >> (index & 7)) & 1) readRuns(reader, base, members);
    else if (count <= ARRAY_LIMIT)
      for (let read = 0; read < count; read++) members.add(base + reader.uint16());
    else readBits(reader.bytes(BITMAP_BYTES), base, members);
  }
}

function readRuns(reader: Reader, base: number, members: Members): void {
  for (let runs = reader.uint16(); runs > 0; runs--) {
    const first = base + reader.uint16();
    const last = first + reader.uint16();
    for (let value = first; value <= last; value++) members.add(value);
  }
}

function readBits(bits: Uint8Array, base: number, members: Members): void {
  for (const [index, byte] of bits.entries()) {
    for (let bit = 0; byte >> bit !== 0; bit++) {
      if ((byte >> bit) & 1) members.add(base + index * 8 + bit);
    }
  }
}

/** Of a number that is known beforehand, in ascending order. */
class Members {
  readonly #values: Uint32Array;
  #count = 0;

  constructor(cardinality: number) {
    this.#values = new Uint32Array(cardinality);
  }

  add(value: number): void {
    if (this.#count > 0 && value <= this.#values[this.#count - 1]!) {
      throw new RangeError(`member ${value} is not above the one before it`);
    }
    this.#values[this.#count++] = value;
  }

  ascending(): Uint32Array {
    if (this.#count === this.#values.length) return this.#values;
    throw new RangeError(`${this.#count} members, of which the log tells ${this.#values.length}`);
  }
}

/** Reading past the end throws a RangeError, as a DataView does. */
class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  uint16(): number {
    const value = this.#view.getUint16(this.#offset, true);
    this.#offset += 2;
    return value;
  }

  uint32(): number {
    const value = this.#view.getUint32(this.#offset, true);
    this.#offset += 4;
    return value;
  }

  uint64(): bigint {
    const value = this.#view.getBigUint64(this.#offset, true);
    this.#offset += 8;
    return value;
  }

  bytes(length: number): Uint8Array {
    const end = this.#offset + length;
    if (end > this.#bytes.length) throw new RangeError(`it ends at ${this.#bytes.length}, before ${end}`);
    const bytes = this.#bytes.subarray(this.#offset, end);
    this.#offset = end;
    return bytes;
  }
}
