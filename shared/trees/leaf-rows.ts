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
    const { upperBounds } = bins[feature]!;
    const goesLeft = Uint8Array.from({ length: upperBounds.length + 1 }, (_, found) =>
      Number(found === upperBounds.length ? missingLeft : found <= bin),
    );
    const spare = this.#spare;
    let left = 0;
    // Writes to both sides and moves on in one: no branch that could be guessed wrong.
    for (let at = 0; at < rows.length; at++) {
      const row = rows[at]!;
      rows[left] = row;
      spare[at - left] = row;
      left += goesLeft[column[row]!]!;
    }
    rows.set(spare.subarray(0, rows.length - left), left);
    const from = this.#from[leaf]!;
    this.#from.push(from + left);
    this.#to.push(this.#to[leaf]!);
    this.#to[leaf] = from + left;
  }
}
