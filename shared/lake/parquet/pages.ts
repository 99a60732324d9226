// Column chunks and their pages: https://github.com/apache/parquet-format#column-chunks
// Levels: https://parquet.apache.org/docs/file-format/nestedencoding/
import { crc32 } from 'node:zlib';
import type { ColumnMetaData, Encoding, PageHeader, SchemaElement } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { COMPRESSORS } from './codecs.ts';
import { bitWidthOf, decodeHybrid, isOneRunOf } from './hybrid-encoding.ts';
import { decodePlain, decodeValues, type PhysicalValues } from './physical-values.ts';

/** A column without children, and how deep it lies in what is optional and repeated. */
export interface Leaf {
  readonly path: readonly string[];
  readonly element: SchemaElement;
  /** Definition level of a value that is there. */
  readonly maxDefinition: number;
  readonly maxRepetition: number;
}

/** A part of a column chunk: a level of each kind per entry, a value per entry of the highest definition level. */
export type Page = DictionaryPage | (PageLevels & (ValuePage | IndexPage));

interface DictionaryPage {
  readonly kind: 'dictionary';
  readonly values: PhysicalValues;
}

interface PageLevels {
  readonly count: number;
  /** Null where every entry has a value. */
  readonly definitions: Uint8Array | null;
  /** Null where no entry belongs to the list of the one before it. */
  readonly repetitions: Uint8Array | null;
}

interface ValuePage {
  readonly kind: 'values';
  readonly values: PhysicalValues;
}

/** A page whose values are in the dictionary. */
interface IndexPage {
  readonly kind: 'indices';
  readonly indices: Uint32Array;
}

/** Throws a RangeError or an Error of the decoder where the bytes are not what their headers say. */
export function* pagesOf(file: Uint8Array, chunk: ColumnMetaData, leaf: Leaf): Generator<Page> {
  const first = Math.min(
    Number(chunk.data_page_offset),
    Number(chunk.dictionary_page_offset || chunk.data_page_offset),
  );
  const bytes = file.subarray(first, first + Number(chunk.total_compressed_size));
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
  const total = Number(chunk.num_values);
  for (let read = 0; read < total; ) {
    const header = parquetHeader(reader);
    requireSizes(header, total - read);
    const end = reader.offset + header.compressed_page_size;
    if (end > bytes.length) throw new RangeError(`a page ends at ${end} of ${bytes.length} bytes`);
    const body = bytes.subarray(reader.offset, end);
    if (header.crc !== undefined && crc32(body) !== header.crc >>> 0) {
      throw new RangeError('the checksum of a page is not that of its bytes');
    }
    const page = decodePage(header, body, chunk, leaf);
    reader.offset = end;
    if (page === null) continue;
    if (page.kind !== 'dictionary') read += page.count;
    yield page;
  }
}

/** Before memory is taken for what a damaged header says. */
function requireSizes(header: PageHeader, left: number): void {
  const count = header.data_page_header?.num_values ?? header.data_page_header_v2?.num_values ?? 0;
  if (count < 0 || count > left) throw new RangeError(`a page of ${count} values where ${left} are left`);
  const size = Math.min(header.compressed_page_size, header.uncompressed_page_size);
  if (!(size >= 0)) throw new RangeError(`a page of ${size} bytes`);
}

/** Null for a page of a kind that readers may pass over. */
function decodePage(header: PageHeader, body: Uint8Array, chunk: ColumnMetaData, leaf: Leaf): Page | null {
  if (header.dictionary_page_header !== undefined) {
    const bytes = decompress(body, header.uncompressed_page_size, chunk);
    const { num_values } = header.dictionary_page_header;
    return { kind: 'dictionary', values: decodePlain(bytes, leaf.element, num_values) };
  }
  if (header.data_page_header !== undefined) return decodeDataPage(header, body, chunk, leaf);
  return header.data_page_header_v2 === undefined ? null : decodeDataPageV2(header, body, chunk, leaf);
}

/** Levels, each behind its length, and values are compressed together. */
function decodeDataPage(header: PageHeader, body: Uint8Array, chunk: ColumnMetaData, leaf: Leaf): Page {
  const { num_values: count, encoding, ...levels } = header.data_page_header!;
  const bytes = decompress(body, header.uncompressed_page_size, chunk);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { maxRepetition, maxDefinition } = leaf;
  let offset = 0;
  const next = (max: number, levelEncoding: string) => {
    if (max === 0) return { start: offset, end: offset };
    if (levelEncoding !== 'RLE') throw new RangeError(`levels encoded as ${levelEncoding} are not supported`);
    const start = offset + 4;
    offset = start + view.getUint32(offset, true);
    return { start, end: offset };
  };
  const inRepetitions = next(maxRepetition, levels.repetition_level_encoding);
  const inDefinitions = next(maxDefinition, levels.definition_level_encoding);
  const repetitions = decodeLevels(bytes, inRepetitions, maxRepetition, 0, count);
  const definitions = decodeLevels(bytes, inDefinitions, maxDefinition, maxDefinition, count);
  return dataPage({ count, repetitions, definitions, encoding }, bytes.subarray(offset), leaf);
}

/** Levels are not compressed, and lie before the values. */
function decodeDataPageV2(header: PageHeader, body: Uint8Array, chunk: ColumnMetaData, leaf: Leaf): Page {
  const { num_values: count, encoding, ...page } = header.data_page_header_v2!;
  const repetitionsEnd = page.repetition_levels_byte_length;
  const levelsEnd = repetitionsEnd + page.definition_levels_byte_length;
  const { maxRepetition, maxDefinition } = leaf;
  const inRepetitions = { start: 0, end: repetitionsEnd };
  const inDefinitions = { start: repetitionsEnd, end: levelsEnd };
  const repetitions = decodeLevels(body, inRepetitions, maxRepetition, 0, count);
  const definitions = decodeLevels(body, inDefinitions, maxDefinition, maxDefinition, count);
  const compressed = body.subarray(levelsEnd);
  const values =
    page.is_compressed === false
      ? compressed.slice()
      : decompress(compressed, header.uncompressed_page_size - levelsEnd, chunk);
  return dataPage({ count, repetitions, definitions, encoding }, values, leaf);
}

function dataPage(
  { encoding, ...levels }: PageLevels & { readonly encoding: Encoding },
  bytes: Uint8Array,
  leaf: Leaf,
): Page {
  const { definitions, count } = levels;
  const present = definitions === null ? count : occurrences(definitions, leaf.maxDefinition);
  const page = { ...levels, definitions: present === count ? null : definitions };
  return encoding === 'PLAIN_DICTIONARY' || encoding === 'RLE_DICTIONARY'
    ? { kind: 'indices', ...page, indices: decodeIndices(bytes, present) }
    : { kind: 'values', ...page, values: decodeValues(bytes, encoding, leaf.element, present) };
}

/** Their width in the first byte, then runs. */
function decodeIndices(bytes: Uint8Array, count: number): Uint32Array {
  const indices = new Uint32Array(count);
  if (count > 0) decodeHybrid(bytes, 1, bytes.length, bytes[0] ?? 0, indices, count);
  return indices;
}

/** Null where all are `implied`, which what reads them takes for granted. */
function decodeLevels(
  bytes: Uint8Array,
  { start, end }: { readonly start: number; readonly end: number },
  max: number,
  implied: number,
  count: number,
): Uint8Array | null {
  if (max === 0 || isOneRunOf(implied, bytes, start, end, count)) return null;
  const levels = new Uint8Array(count);
  decodeHybrid(bytes, start, end, bitWidthOf(max), levels, count);
  return levels;
}

function occurrences(levels: Uint8Array, level: number): number {
  let count = 0;
  for (let index = 0; index < levels.length; index++) if (levels[index] === level) count++;
  return count;
}

/** Always bytes of their own, of which values may be views. */
function decompress(compressed: Uint8Array, length: number, { codec }: ColumnMetaData): Uint8Array {
  if (codec === 'UNCOMPRESSED') return compressed.slice();
  // Nothing compresses to nothing in some codecs.
  if (length === 0) return new Uint8Array();
  const decompressor = COMPRESSORS[codec];
  if (decompressor === undefined) throw new RangeError(`codec ${codec} is not supported`);
  const bytes = decompressor(compressed, length);
  if (bytes.length !== length)
    throw new RangeError(`a page has ${bytes.length} bytes, its header tells ${length}`);
  return bytes;
}
