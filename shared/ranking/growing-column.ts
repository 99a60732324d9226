const CHUNK_BITS = 16;
const CHUNK = 1 << CHUNK_BITS;

/** A typed array that grows chunk by chunk, outside of the heap, without ever being copied to grow. */
export class GrowingColumn<Values extends Int32Array | Float64Array> {
  readonly #create: new (
    length: number,
  ) => Values;
  #chunks: Values[] = [];
  #length = 0;

  constructor(create: new (length: number) => Values) {
    this.#create = create;
  }

  add(value: number): void {
    const within = this.#length & (CHUNK - 1);
    if (within === 0) this.#chunks.push(new this.#create(CHUNK));
    this.#chunks.at(-1)![within] = value;
    this.#length += 1;
  }

  get length(): number {
    return this.#length;
  }

  /**
   * Empties the column.
   * @param order which value comes at each place; null: as they came
   */
  take(order: Uint32Array | null = null): Values {
    const [chunks, length] = [this.#chunks, this.#length];
    [this.#chunks, this.#length] = [[], 0];
    const values = new this.#create(length);
    for (let place = 0; place < length; place++) {
      const line = order === null ? place : order[place]!;
      values[place] = chunks[line >>> CHUNK_BITS]![line & (CHUNK - 1)]!;
    }
    return values;
  }
}
