// Parquet through hyparquet-writer; format: https://parquet.apache.org/docs/file-format/
import type { SchemaElement } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { PlatformError } from '../../errors.ts';
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
