// Rows in the memory layout of DuckDB's vectors: https://duckdb.org/docs/stable/clients/c/vector

/** One column of a batch, laid out so that its vectors are filled by copying. */
export type EncodedColumn = FixedColumn | BytesColumn | ListColumn;

interface Nullable {
  readonly rowCount: number;
  /** One bit a row, 1 for a value, in bytes rounded up to 64 rows; null where no row is null. */
  readonly validity: Uint8Array | null;
}

export interface FixedColumn extends Nullable {
  readonly kind: 'fixed';
  /** Bytes of a value. */
  readonly width: number;
  /** `rowCount * width` bytes; those of a null are zero. */
  readonly values: Uint8Array;
}

export interface BytesColumn extends Nullable {
  readonly kind: 'bytes';
  readonly heap: Uint8Array;
  /** Row `i` is `heap[offsets[i] .. offsets[i + 1]]`. */
  readonly offsets: Uint32Array;
}

export interface ListColumn extends Nullable {
  readonly kind: 'list';
  /** Row `i` has the elements `offsets[i] .. offsets[i + 1]` of `elements`. */
  readonly offsets: Uint32Array;
  readonly elements: EncodedColumn;
}

export type TypedArray =
  | BigInt64Array
  | Float64Array
  | Float32Array
  | Int32Array
  | Int16Array
  | Int8Array
  | Uint8Array;

export function fixedColumn(values: TypedArray, rowCount: number, validity: ValidityBits): FixedColumn {
  return {
    kind: 'fixed',
    rowCount,
    validity: validity.bits,
    width: values.BYTES_PER_ELEMENT,
    values: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  };
}

/** Made with the first null: most columns have none. */
export class ValidityBits {
  bits: Uint8Array | null = null;
  readonly #rowCount: number;

  constructor(rowCount: number) {
    this.#rowCount = rowCount;
  }

  setNull(row: number): void {
    this.bits ??= new Uint8Array(8 * Math.ceil(this.#rowCount / 64)).fill(0xff);
    this.bits[row >> 3] = (this.bits[row >> 3] ?? 0) & ~(1 << (row & 7));
  }
}
