// memory: shared
/**
 * The work of one thread of alternating least squares over float32 SIMD. Factors lie row by row, each row filled up with zeros
 * to a multiple of 16 bytes; all addresses are multiples of 16. Threads share the memory, except for their scratch. Every thread
 * makes the same calls.
 */
import { stopAll, takeNext, waitForAll } from '../../../wasm/assembly/crew';
import { gramOfPart64, solveByCholesky, sumOfParts64 } from './als/cholesky';
import { NO_GRAM, solveByConjugateGradient, TRIDIAGONAL_GRAM, WHOLE_GRAM } from './als/conjugate-gradient';
import { gramOfPart, roundSquare, sumOfParts } from './als/gram';
import { NOT_FINITE, Plan, Side } from './als/plan';
import { chooseSide, rowBytes, setUp } from './als/problem';
import { rotateRows, transpose, tridiagonalise } from './als/rotation';

/** Solves items and then users. */
export function iterate(plan: Plan, thread: i32, scratch: usize): void {
  setUp(plan, scratch);
  solveSide(plan, plan.items, plan.users, thread === 0);
  solveSide(plan, plan.users, plan.items, thread === 0);
}

/** Writes the factors of both sides where the caller reads them. */
export function publish(plan: Plan, thread: i32, scratch: usize): void {
  setUp(plan, scratch);
  if (thread === 0) transpose(plan.basis, plan.basisTransposed);
  waitForAll(plan.crew);
  publishSide(plan, plan.items);
  publishSide(plan, plan.users);
}

function solveSide(plan: Plan, side: Side, other: Side, first: bool): void {
  if (plan.implicit !== 0) sumGram(plan, side, other, first);
  if (side.rotated !== 0) {
    for (let chunk = takeNext(plan.crew, other.chunkCount); chunk >= 0; chunk = takeNext(plan.crew, other.chunkCount)) {
      const from = firstRow(other, chunk);
      rotateRows(other.factors + <usize>from * rowBytes, firstRow(other, chunk + 1) - from, plan.square);
    }
    if (first) rotateRows(plan.basis, <i32>(rowBytes >> 2), plan.square);
    waitForAll(plan.crew);
  }
  chooseSide(side);
  for (let chunk = takeNext(plan.crew, side.chunkCount); chunk >= 0; chunk = takeNext(plan.crew, side.chunkCount)) {
    solveRows(plan, side, firstRow(side, chunk), firstRow(side, chunk + 1));
  }
  waitForAll(plan.crew);
}

/** YᵀY as the rows of the side want it: a square of float64 or of float32, or a rotation and three diagonals. */
function sumGram(plan: Plan, side: Side, other: Side, first: bool): void {
  const square = rowBytes * (rowBytes >> 2);
  const parts = (other.rows + plan.rowsPerPart - 1) / plan.rowsPerPart;
  for (let part = takeNext(plan.crew, parts); part >= 0; part = takeNext(plan.crew, parts)) {
    const from = part * plan.rowsPerPart;
    const rows = other.factors + <usize>from * rowBytes;
    const count = min(plan.rowsPerPart, other.rows - from);
    if (plan.exact !== 0) gramOfPart64(rows, count, plan.parts + <usize>part * 2 * square);
    else gramOfPart(rows, count, plan.parts + <usize>part * square);
  }
  waitForAll(plan.crew);
  if (first) {
    if (plan.exact !== 0) sumOfParts64(plan.parts, parts, plan.sum);
    else {
      sumOfParts(plan.parts, parts, plan.sum);
      if (side.rotated === 0) roundSquare(plan.sum, plan.square);
      else tridiagonalise(plan.sum, plan.rank, plan.reflectors, plan.diagonal, plan.beside, plan.square);
    }
  }
  waitForAll(plan.crew);
}

function solveRows(plan: Plan, side: Side, from: i32, to: i32): void {
  if (plan.exact !== 0) {
    const reason = solveByCholesky(from, to, plan.rank, plan.implicit !== 0 ? plan.sum : 0);
    if (reason !== 0) stopAll(plan.crew, reason);
    return;
  }
  let finite: bool;
  if (side.rotated !== 0) {
    rotateRows(side.factors + <usize>from * rowBytes, to - from, plan.square);
    finite = solveByConjugateGradient(from, to, TRIDIAGONAL_GRAM, plan.diagonal, plan.beside);
  } else {
    finite = solveByConjugateGradient(from, to, plan.implicit !== 0 ? WHOLE_GRAM : NO_GRAM, plan.square, 0);
  }
  if (!finite) stopAll(plan.crew, NOT_FINITE);
}

function publishSide(plan: Plan, side: Side): void {
  for (let chunk = takeNext(plan.crew, side.chunkCount); chunk >= 0; chunk = takeNext(plan.crew, side.chunkCount)) {
    const from = firstRow(side, chunk);
    const rows = firstRow(side, chunk + 1) - from;
    const published = side.published + <usize>from * rowBytes;
    memory.copy(published, side.factors + <usize>from * rowBytes, <usize>rows * rowBytes);
    rotateRows(published, rows, plan.basisTransposed);
  }
  waitForAll(plan.crew);
}

// @ts-ignore: decorator
@inline
function firstRow(side: Side, chunk: i32): i32 {
  return load<i32>(side.chunks + (<usize>chunk << 2));
}
