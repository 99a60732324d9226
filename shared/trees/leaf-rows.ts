import type { Split } from './best-split.ts';
import type { BinnedRows } from './binned-rows.ts';

/** The rows of every leaf, each leaf's together and ascending. */
export class LeafRows {
  readonly #rows: Int32Array;
  readonly #spare: Int32Array;
  readonly #from: number[] = [0];
  readonly #to: number[];

  /** All rows in leaf 0. */
  constructor(rows: Int32Array) {
    this.#rows = rows.slice();
    this.#spare = new Int32Array(rows.length);
    this.#to = [rows.length];
  }

  /** A view, valid until the leaf is split. */
  of(leaf: number): Int32Array {
    return this.#rows.subarray(this.#from[leaf]!, this.#to[leaf]!);
  }

  /** Leaves the rows that go left in `leaf`, and gives the others to the next leaf. */
  split(leaf: number, { feature, bin, missingLeft }: Split, { columns, bins }: BinnedRows): void {
    const rows = this.of(leaf);
    const column = columns[feature]!;
    const missing = bins[feature]!.upperBounds.length;
    let left = 0;
    let right = 0;
    for (let at = 0; at < rows.length; at++) {
      const row = rows[at]!;
      const found = column[row]!;
      if (found === missing ? missingLeft : found <= bin) rows[left++] = row;
      else this.#spare[right++] = row;
    }
    rows.set(this.#spare.subarray(0, right), left);
    const from = this.#from[leaf]!;
    this.#from.push(from + left);
    this.#to.push(this.#to[leaf]!);
    this.#to[leaf] = from + left;
  }
}
