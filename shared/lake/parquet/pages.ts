// Column chunks and their pages: https://github.com/apache/parquet-format#column-chunks
// Levels: https://parquet.apache.org/docs/file-format/nestedencoding/
import type { ColumnMetaData, Encoding, PageHeader, SchemaElement } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { COMPRESSORS } from './codecs.ts';
import { bitWidthOf, decodeHybrid } from './hybrid-encoding.ts';
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
  /** Null in a column that is not repeated. */
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
    const end = reader.offset + header.compressed_page_size;
    if (end > bytes.length) throw new RangeError(`a page ends at ${end} of ${bytes.length} bytes`);
    const page = decodePage(header, bytes.subarray(reader.offset, end), chunk, leaf);
    reader.offset = end;
    if (page === null) continue;
    if (page.kind !== 'dictionary') read += page.count;
    yield page;
  }
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
  let offset = 0;
  const next = (max: number, levelEncoding: string): Uint8Array | null => {
    if (max === 0) return null;
    if (levelEncoding !== 'RLE') throw new RangeError(`levels encoded as ${levelEncoding} are not supported`);
    const start = offset + 4;
    offset = start + view.getUint32(offset, true);
    return decodeLevels(bytes, start, offset, max, count);
  };
  const repetitions = next(leaf.maxRepetition, levels.repetition_level_encoding);
  const definitions = next(leaf.maxDefinition, levels.definition_level_encoding);
  return dataPage({ count, repetitions, definitions, encoding }, bytes.subarray(offset), leaf);
}

/** Levels are not compressed, and lie before the values. */
function decodeDataPageV2(header: PageHeader, body: Uint8Array, chunk: ColumnMetaData, leaf: Leaf): Page {
  const { num_values: count, encoding, ...page } = header.data_page_header_v2!;
  const repetitionsEnd = page.repetition_levels_byte_length;
  const levelsEnd = repetitionsEnd + page.definition_levels_byte_length;
  const { maxRepetition, maxDefinition } = leaf;
  const repetitions =
    maxRepetition === 0 ? null : decodeLevels(body, 0, repetitionsEnd, maxRepetition, count);
  const definitions =
    maxDefinition === 0 ? null : decodeLevels(body, repetitionsEnd, levelsEnd, maxDefinition, count);
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

function decodeLevels(bytes: Uint8Array, start: number, end: number, max: number, count: number): Uint8Array {
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
