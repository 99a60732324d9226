// Parquet through hyparquet and hyparquet-writer; format: https://parquet.apache.org/docs/file-format/
import {
  type AsyncBuffer,
  type FileMetaData,
  parquetMetadata,
  parquetReadObjects,
  parquetScan,
  parquetSchema,
  type SchemaElement,
  type SchemaTree,
} from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { messageOf, PlatformError } from '../../errors.ts';
import type { Batch, Value } from '../schema/batch.ts';
import { decimalShape, type Field, fieldId, physicalName } from '../schema/schema.ts';
import { COMPRESSORS } from './codecs.ts';
import { decodeColumn } from './column-decoder.ts';
import type { Physical } from './column-encoder.ts';

/** Rows of a row group: what a reader must hold at once. */
const ROW_GROUP_ROWS = 131_072;

/** Writes one Parquet file, a batch of columns at a time, in memory. */
export class ParquetFileWriter {
  readonly #bytes = new ByteWriter(16 * 1024);
  readonly #writer: ParquetWriter;
  readonly #names: readonly string[];
  readonly #booleans: ReadonlySet<string>;

  constructor(schema: SchemaElement[], columnNames: readonly string[]) {
    this.#names = columnNames;
    this.#booleans = new Set(schema.filter(({ type }) => type === 'BOOLEAN').map(({ name }) => name));
    this.#writer = new ParquetWriter({
      writer: this.#bytes,
      schema,
      createdBy: 'customer-insight-platform lake',
    });
  }

  get size(): number {
    return this.#bytes.offset;
  }

  /** `columns`: physical values (or nested records) by column name, all of one length. */
  write(columns: Readonly<Record<string, readonly unknown[]>>): void {
    const columnData = this.#names.map((name) => ({
      name,
      data: columns[name] as unknown[],
      // One bit a value either way; parquetjs misreads the run-length encoding that the writer would choose.
      ...(this.#booleans.has(name) ? { encoding: 'PLAIN' as const } : {}),
    }));
    // Without an asynchronous sink the writer is done when it returns.
    this.#writer.write({ columnData, rowGroupSize: ROW_GROUP_ROWS });
  }

  finish(): Uint8Array {
    this.#writer.finish();
    return withFooterVersion1(this.#bytes.getBytes());
  }
}

/**
 * Yields the columns of `fields`, a row group at a time; a column that the file lacks is all null. The file tells a column
 * by its `field_id` where the field has one, else by its physical name.
 */
export async function* readParquetColumns(
  bytes: Uint8Array,
  fields: readonly Field[],
  source: string,
): AsyncGenerator<Batch> {
  const file = bufferOf(bytes);
  const footer = footerOf(bytes, source);
  const trees = parquetSchema(footer).children;
  const present = new Map(
    fields.flatMap((column) => {
      const id = fieldId(column);
      const tree = trees.find(({ element }) =>
        id === null ? element.name === physicalName(column) : element.field_id === id,
      );
      return tree === undefined ? [] : [[column.name, tree.element.name] as const];
    }),
  );
  for (const column of fields) {
    const tree = trees.find(({ element }) => element.name === present.get(column.name));
    if (tree !== undefined) requireScale(column, tree, source);
  }
  const metadata = withUnscaledDecimals(footer);
  const scan = await parquetScan({ file, metadata, utf8: false, compressors: COMPRESSORS, parsers: PARSERS });
  for (const { rowStart, rowEnd } of scan.ranges) {
    const columns: Record<string, ArrayLike<Value>> = {};
    for (const { name, type } of fields) {
      const physical = present.get(name);
      const raw =
        physical === undefined ? null : await scan.readColumn({ column: physical, rowStart, rowEnd });
      columns[name] =
        raw === null
          ? new Array<Value>(rowEnd - rowStart).fill(null)
          : decodeColumn(type, raw, `${source} column ${name}`);
    }
    yield { rowCount: rowEnd - rowStart, columns };
  }
}

/** Rows of a checkpoint as nested plain objects; int64 as bigint, absent as null or undefined. */
export async function readParquetRows(
  bytes: Uint8Array,
  wanted: readonly string[],
  source: string,
): Promise<unknown[]> {
  const metadata = footerOf(bytes, source);
  const present = new Set(parquetSchema(metadata).children.map((tree) => tree.element.name));
  const columns = wanted.filter((name) => present.has(name));
  return parquetReadObjects({ file: bufferOf(bytes), metadata, columns, compressors: COMPRESSORS });
}

/**
 * The footer says version 1, as parquet-java's does whatever its pages are; readers such as parquetjs refuse any other.
 * It is the footer's first field: 0x15 (field 1, i32), then the version, zigzag encoded.
 */
function withFooterVersion1(file: Uint8Array): Uint8Array {
  const tail = new DataView(file.buffer, file.byteOffset + file.byteLength - 8);
  const footer = file.byteLength - 8 - tail.getUint32(0, true);
  if (file[footer] !== 0x15 || file[footer + 1] !== 0x04) {
    throw new PlatformError(
      'lake_parquet_writer',
      'the footer of a Parquet file does not begin with version 2',
    );
  }
  file[footer + 1] = 0x02;
  return file;
}

export type EncodedColumns = Readonly<Record<string, readonly Physical[]>>;

function footerOf(bytes: Uint8Array, source: string): FileMetaData {
  try {
    return parquetMetadata(new Uint8Array(bytes).buffer);
  } catch (cause) {
    throw new PlatformError('lake_data_file_corrupt', `${source}: ${messageOf(cause)}`, { cause });
  }
}

/** The reader would turn decimals into floats; without their annotation it yields the unscaled integers. */
function withUnscaledDecimals(metadata: FileMetaData): FileMetaData {
  const schema = metadata.schema.map((element): SchemaElement => {
    if (!isDecimal(element)) return element;
    const { converted_type: _, logical_type: __, ...plain } = element;
    return plain;
  });
  return { ...metadata, schema };
}

function requireScale(column: Field, tree: SchemaTree, source: string): void {
  const scale = decimalShape(column.type)?.scale;
  if (scale === undefined || !isDecimal(tree.element)) return;
  const found = tree.element.scale ?? 0;
  if (found !== scale) {
    throw new PlatformError(
      'lake_feature_unsupported',
      `${source}: column ${column.name} has scale ${found} in the file and ${scale} in the table`,
    );
  }
}

function isDecimal(element: SchemaElement): boolean {
  return element.converted_type === 'DECIMAL' || element.logical_type?.type === 'DECIMAL';
}

function bufferOf(bytes: Uint8Array): AsyncBuffer {
  return {
    byteLength: bytes.byteLength,
    slice: (start, end) => new Uint8Array(bytes.subarray(start, end)).buffer,
  };
}

const PARSERS = {
  timestampFromMilliseconds: (millis: bigint): bigint => millis * 1000n,
  timestampFromMicroseconds: (micros: bigint): bigint => micros,
  timestampFromNanoseconds: (nanos: bigint): bigint => (nanos - (((nanos % 1000n) + 1000n) % 1000n)) / 1000n,
  dateFromDays: (days: number): number => days,
};
