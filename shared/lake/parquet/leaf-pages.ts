// Pages of one leaf column: https://parquet.apache.org/docs/file-format/data-pages/ and, of levels, …/nestedencoding/
// Levels and texts are read here, into few objects; compression and all other encodings are hyparquet's.
import type { ColumnMetaData, DataPageHeader, PageHeader, SchemaElement } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { DEFAULT_PARSERS } from 'hyparquet/src/convert.js';
import { decompressPage, readDataPage } from 'hyparquet/src/datapage.js';
import { readRleBitPackedHybrid } from 'hyparquet/src/encoding.js';
import { readPlain } from 'hyparquet/src/plain.js';
import { COMPRESSORS } from './codecs.ts';

/** What a physical value (number, bigint, boolean, or bytes) is to the caller. */
export type Conversion<T> = (physical: unknown) => T;

/** The text of UTF-8 bytes. Pages of plain texts are read without making the bytes of each. */
export const textOf: Conversion<string> = (bytes) => utf8.decode(bytes as Uint8Array);

const utf8 = new TextDecoder();

export interface LeafShape {
  readonly element: SchemaElement;
  /** The definition level of a value that is there. */
  readonly maxDefinition: number;
  readonly maxRepetition: number;
}

export interface LeafPage<T> {
  /** Of every value, there or not; null where all are there. */
  readonly definitions: Uint8Array | null;
  /** As `definitions`; null where no value is repeated. */
  readonly repetitions: Uint8Array | null;
  /** Only those that are there. */
  readonly values: readonly T[];
}

/** The data pages of a column chunk, of which `bytes` is the whole file. */
export function* leafPages<T>(
  bytes: Uint8Array,
  chunk: ColumnMetaData,
  leaf: LeafShape,
  convert: Conversion<T>,
): Generator<LeafPage<T>> {
  const first = Number(chunk.dictionary_page_offset || chunk.data_page_offset);
  const reader = readerOf(bytes.subarray(first, first + Number(chunk.total_compressed_size)));
  let dictionary: readonly T[] = [];
  for (let read = 0; read < Number(chunk.num_values); ) {
    const header = parquetHeader(reader);
    const start = first + reader.offset;
    const body = bytes.subarray(start, start + header.compressed_page_size);
    reader.offset += header.compressed_page_size;
    const { dictionary_page_header, data_page_header = header.data_page_header_v2 } = header;
    if (dictionary_page_header !== undefined) {
      const plain = decompressPage(body, header.uncompressed_page_size, chunk.codec, COMPRESSORS);
      const { num_values } = dictionary_page_header;
      const entries = readPlain(readerOf(plain), chunk.type, num_values, leaf.element.type_length);
      dictionary = Array.from(entries as ArrayLike<unknown>, convert);
    } else if (data_page_header !== undefined) {
      read += data_page_header.num_values;
      const page = sectionsOf(header, body, chunk, leaf);
      const { definitions, repetitions } = page;
      const count = countPresent(definitions, leaf.maxDefinition, data_page_header.num_values);
      const values = valuesOf(
        page.values,
        count,
        data_page_header.encoding,
        chunk,
        leaf,
        dictionary,
        convert,
      );
      yield { definitions: count === data_page_header.num_values ? null : definitions, repetitions, values };
    }
  }
}

interface Sections {
  readonly definitions: Uint8Array | null;
  readonly repetitions: Uint8Array | null;
  /** Uncompressed. */
  readonly values: Uint8Array;
}

/** A page of version 1 is compressed whole and tells the length of its levels; version 2 tells it in the header. */
function sectionsOf(header: PageHeader, body: Uint8Array, chunk: ColumnMetaData, leaf: LeafShape): Sections {
  const v2 = header.data_page_header_v2;
  if (v2 !== undefined) {
    const levels = readerOf(body);
    const repetitionBytes = v2.repetition_levels_byte_length;
    const definitionBytes = v2.definition_levels_byte_length;
    const repetitions = levelsOf(levels, leaf.maxRepetition, v2.num_values, repetitionBytes);
    levels.offset = repetitionBytes;
    const definitions = levelsOf(levels, leaf.maxDefinition, v2.num_values, definitionBytes);
    const rest = body.subarray(repetitionBytes + definitionBytes);
    const size = header.uncompressed_page_size - repetitionBytes - definitionBytes;
    const isCompressed = v2.is_compressed !== false && rest.length > 0;
    const values = isCompressed ? decompressPage(rest, size, chunk.codec, COMPRESSORS) : rest;
    return { definitions, repetitions, values };
  }
  const page = decompressPage(body, header.uncompressed_page_size, chunk.codec, COMPRESSORS);
  const reader = readerOf(page);
  const count = header.data_page_header?.num_values ?? 0;
  const repetitions = levelsOf(reader, leaf.maxRepetition, count);
  const definitions = levelsOf(reader, leaf.maxDefinition, count);
  return { definitions, repetitions, values: page.subarray(reader.offset) };
}

/** Null where the only level is 0, of which nothing is written. */
function levelsOf(
  reader: { view: DataView; offset: number },
  max: number,
  count: number,
  length?: number,
): Uint8Array | null {
  if (max === 0) return null;
  const levels = new Uint8Array(count);
  readRleBitPackedHybrid(reader, 32 - Math.clz32(max), levels, length);
  return levels;
}

function countPresent(definitions: Uint8Array | null, maxDefinition: number, count: number): number {
  if (definitions === null) return count;
  let present = 0;
  for (let index = 0; index < count; index++) if (definitions[index] === maxDefinition) present++;
  return present;
}

function valuesOf<T>(
  bytes: Uint8Array,
  count: number,
  encoding: DataPageHeader['encoding'],
  chunk: ColumnMetaData,
  { element }: LeafShape,
  dictionary: readonly T[],
  convert: Conversion<T>,
): readonly T[] {
  if (count === 0) return [];
  const { type, codec } = chunk;
  const isPlainText = type === 'BYTE_ARRAY' && encoding === 'PLAIN' && (convert as unknown) === textOf;
  if (isPlainText) return plainTexts(bytes, count) as unknown as T[];
  // Without levels, which are read, a page of either version is its values.
  const header: DataPageHeader = {
    num_values: count,
    encoding,
    definition_level_encoding: 'RLE',
    repetition_level_encoding: 'RLE',
  };
  const decoder = { pathInSchema: [], type, element, schemaPath: [], codec, parsers: DEFAULT_PARSERS };
  const physical: ArrayLike<unknown> = readDataPage(bytes, header, decoder).dataPage;
  const values = new Array<T>(count);
  if (encoding.endsWith('_DICTIONARY')) {
    for (let index = 0; index < count; index++) values[index] = dictionary[physical[index] as number]!;
  } else {
    for (let index = 0; index < count; index++) values[index] = convert(physical[index]);
  }
  return values;
}

/** Each a length, four bytes little-endian, and as many bytes of UTF-8. */
function plainTexts(bytes: Uint8Array, count: number): string[] {
  const page = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const texts = new Array<string>(count);
  let offset = 0;
  for (let index = 0; index < count; index++) {
    const start = offset + 4;
    offset = start + page.readUInt32LE(offset);
    if (offset > page.length)
      throw new RangeError(`a text ends at ${offset}, beyond its page of ${page.length}`);
    texts[index] = page.toString('utf8', start, offset);
  }
  return texts;
}

function readerOf(bytes: Uint8Array): { view: DataView; offset: number } {
  return { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
}
