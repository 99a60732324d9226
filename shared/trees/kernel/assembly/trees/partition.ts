import { Leaf, Plan } from './plan';

/** Rows of a leaf that one thread parts at a time. */
export const BLOCK: i32 = 4096;

/** Whether each of 256 bins goes left in the split of a leaf. */
export function writeSides(sides: usize, leaf: Leaf, missingBin: i32): void {
  for (let bin = 0; bin < 256; bin++)
    store<u8>(sides + <usize>bin, bin === missingBin ? u8(leaf.missingLeft) : u8(bin <= leaf.bin));
}

/** Parts a block of a leaf's rows, both parts in their order. */
export function partBlock(plan: Plan, leaf: Leaf, block: i32, sides: usize): void {
  const column = plan.columns + <usize>leaf.feature * <usize>plan.rows;
  const from = block * BLOCK;
  const rows = plan.leafRows + (<usize>(leaf.from + from) << 2);
  const count = min(BLOCK, leaf.count - from);
  let left = plan.spareLeft + (<usize>from << 2);
  let right = plan.spareRight + (<usize>from << 2);
  const firstLeft = left;
  // Writes to both sides and moves on in one: no branch that could be guessed wrong.
  for (let at: usize = 0; at < <usize>count << 2; at += 4) {
    const row = load<i32>(rows + at);
    store<i32>(left, row);
    store<i32>(right, row);
    const isLeft = <usize>load<u8>(sides + <usize>load<u8>(column + <usize>row)) << 2;
    left += isLeft;
    right += 4 - isLeft;
  }
  store<i32>(plan.blockLefts + (<usize>block << 2), <i32>((left - firstLeft) >> 2));
}

/**
 * Brings the parts of a block to their places, and the gradients of the smaller child's rows into the order of the rows.
 * @param before rows of earlier blocks that go left
 * @param to first row of the leaf
 * @param lefts rows of all blocks that go left
 * @param ordersLeft whether the left child is the smaller; -1: neither is looked at again
 */
export function placeBlock(
  plan: Plan,
  block: i32,
  count: i32,
  before: i32,
  to: i32,
  lefts: i32,
  ordersLeft: i32,
): void {
  const from = block * BLOCK;
  const left = load<i32>(plan.blockLefts + (<usize>block << 2));
  const right = count - left;
  const spareLeft = plan.spareLeft + (<usize>from << 2);
  const spareRight = plan.spareRight + (<usize>from << 2);
  memory.copy(plan.leafRows + (<usize>(to + before) << 2), spareLeft, <usize>left << 2);
  memory.copy(plan.leafRows + (<usize>(to + lefts + from - before) << 2), spareRight, <usize>right << 2);
  if (ordersLeft === 1) orderGradients(plan, spareLeft, left, before);
  if (ordersLeft === 0) orderGradients(plan, spareRight, right, from - before);
}

/** Gradients of rows, from place `at` on. */
export function orderGradients(plan: Plan, rows: usize, count: i32, at: i32): void {
  let to = plan.ordered + (<usize>at << 4);
  const end = rows + (<usize>count << 2);
  for (; rows < end; rows += 4, to += 16)
    v128.store(to, v128.load(plan.gradients + (<usize>load<i32>(rows) << 4)));
}
