/** What lies where, as `als-wasm-plan.ts` writes it: 4 bytes a field, in this order. Addresses are bytes in the shared memory. */

import { Crew } from '../../../../wasm/assembly/crew';

// @ts-ignore: decorator
@unmanaged
export class Side {
  rows: i32;
  /** i32 for every row and one more: the entries of row r are starts[r] up to starts[r + 1], multiples of 4. */
  starts: usize;
  /** u32 for every entry: where the factors of the rated lie. Entries that fill a row up to a multiple of 4 show zeros. */
  addresses: usize;
  /** f32 for every entry: the rating; 0 for what fills up. */
  ratings: usize;
  /** f64 for every row: λ; negative for a row that has nothing to learn from, whose solution is 0. */
  charges: usize;
  /** f32, `rowBytes` a row. */
  factors: usize;
  /** Factors in the basis that they started in, for the caller to read; the address of `factors` where nothing is rotated. */
  published: usize;
  /** i32: chunk c is the rows from the c-th number up to the next. */
  chunks: usize;
  chunkCount: i32;
  /** Whether both sides are rotated, to make the other's YᵀY tridiagonal, before this one is solved. */
  rotated: i32;
}

// @ts-ignore: decorator
@unmanaged
export class Plan {
  items: Side;
  users: Side;
  crew: Crew;
  rank: i32;
  rowBytes: usize;
  implicit: i32;
  alpha: f32;
  /** Whether rows are solved by Cholesky instead of conjugate gradient. */
  exact: i32;
  steps: i32;
  rowsPerPart: i32;
  /** One triangle for every part of YᵀY: of float64 for the exact solver, else of float32. */
  parts: usize;
  /** Square of float64: YᵀY. */
  sum: usize;
  reflectors: usize;
  /** Square of float32: YᵀY, or the rotation that makes it tridiagonal. */
  square: usize;
  diagonal: usize;
  beside: usize;
  /** Square of float32: the basis that factors are written in, in terms of the one that they started in; and its transposed. */
  basis: usize;
  basisTransposed: usize;
}

/** Why threads stop. */
export const NOT_FINITE = 1;
/** The matrix of a row is not positive definite. */
export const SINGULAR = 2;
