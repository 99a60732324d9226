// https://parquet.apache.org/docs/file-format/
import {
  type ColumnMetaData,
  type FileMetaData,
  parquetMetadata,
  parquetSchema,
  type RowGroup,
} from 'hyparquet';
import { messageOf, PlatformError } from '../../errors.ts';
import type { Batch, Value } from '../schema/batch.ts';
import type { Field } from '../schema/schema.ts';
import { type ColumnPlan, planColumn } from './column-plan.ts';
import { readColumn } from './column-reader.ts';

/** A Parquet file in memory, of which columns are decoded when they are asked for. */
export class ParquetFile {
  readonly rowGroups: readonly ParquetRowGroup[];

  /** `source` names the file in errors. Throws `lake_data_file_corrupt` where it is none. */
  constructor(bytes: Uint8Array, source: string) {
    // Of a Buffer, `slice` would be no copy, and binary values Buffers.
    const file = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const footer = readFooter(file, source);
    const root = guarded(source, () => parquetSchema(footer));
    const plans = new Map<Field, ColumnPlan>();
    const planOf = (column: Field): ColumnPlan => {
      const known = plans.get(column);
      if (known !== undefined) return known;
      const plan = planColumn(root, column, source);
      plans.set(column, plan);
      return plan;
    };
    this.rowGroups = footer.row_groups.map((group) => new ParquetRowGroup(file, group, planOf, source));
  }
}

export class ParquetRowGroup {
  readonly rowCount: number;
  readonly #file: Uint8Array;
  readonly #chunks: ReadonlyMap<string, ColumnMetaData>;
  readonly #planOf: (column: Field) => ColumnPlan;
  readonly #source: string;

  constructor(file: Uint8Array, group: RowGroup, planOf: (column: Field) => ColumnPlan, source: string) {
    this.rowCount = Number(group.num_rows);
    this.#file = file;
    this.#planOf = planOf;
    this.#source = source;
    for (const { meta_data } of group.columns) {
      if (meta_data === undefined || Number(meta_data.num_values) >= this.rowCount) continue;
      throw new PlatformError(
        'lake_data_file_corrupt',
        `${source}: ${this.rowCount} rows, of which ${meta_data.path_in_schema.join('.')} has ${meta_data.num_values}`,
      );
    }
    this.#chunks = new Map(
      group.columns.flatMap(({ meta_data }) =>
        meta_data === undefined ? [] : [[chunkKey(meta_data.path_in_schema), meta_data]],
      ),
    );
  }

  /**
   * The values of a column, null where the file lacks it; a typed array where they are numbers and none is null. The file
   * tells the column by its `fieldId` where it has one, else by its `physicalName`. Throws `lake_data_file_unreadable` where
   * it holds another type, `lake_data_file_corrupt` where its bytes are not what they should be.
   */
  column(column: Field): ArrayLike<Value> {
    const plan = this.#planOf(column);
    return guarded(`${this.#source}: column ${column.name}`, () =>
      readColumn(this.#file, plan, this.rowCount, (path) => {
        const chunk = this.#chunks.get(chunkKey(path));
        if (chunk === undefined) throw new RangeError(`a row group lacks ${path.join('.')}`);
        return chunk;
      }),
    );
  }
}

/** Yields the columns of `fields`, a row group at a time. */
export function* readParquetColumns(
  bytes: Uint8Array,
  fields: readonly Field[],
  source: string,
): Generator<Batch> {
  for (const group of new ParquetFile(bytes, source).rowGroups) {
    const columns = fields.map((column) => [column.name, group.column(column)] as const);
    yield { rowCount: group.rowCount, columns: Object.fromEntries(columns) };
  }
}

/** Length of the footer and `PAR1`. */
const TAIL_BYTES = 8;

/** Only the end of the file is given to the decoder, which wants a buffer of its own. */
export function readFooter(bytes: Uint8Array, source: string): FileMetaData {
  return guarded(source, () => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const length = view.getUint32(bytes.length - TAIL_BYTES, true) + TAIL_BYTES;
    return parquetMetadata(new Uint8Array(bytes.subarray(Math.max(0, bytes.length - length))).buffer);
  });
}

/** What the decoders throw tells that the file is not what it should be. */
function guarded<T>(source: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof PlatformError) throw cause;
    throw new PlatformError('lake_data_file_corrupt', `${source}: ${messageOf(cause)}`, { cause });
  }
}

/** No name of a column holds a NUL: the log's JSON would not survive it either. */
function chunkKey(path: readonly string[]): string {
  return path.join('\0');
}
