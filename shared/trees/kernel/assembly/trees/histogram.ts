/** Adds the gradients of rows to the bins of a feature. */
export function addRows(
  histogram: usize,
  column: usize,
  rows: usize,
  ordered: usize,
  count: i32,
): void {
  const end = rows + (<usize>count << 2);
  for (; rows < end; rows += 4, ordered += 16) {
    const bin = histogram + (<usize>load<u8>(column + <usize>load<i32>(rows)) << 4);
    v128.store(bin, i64x2.add(v128.load(bin), v128.load(ordered)));
  }
}

/** The same for two features in one pass over the rows. */
export function addRowsToTwo(
  histogramA: usize,
  columnA: usize,
  histogramB: usize,
  columnB: usize,
  rows: usize,
  ordered: usize,
  count: i32,
): void {
  const end = rows + (<usize>count << 2);
  for (; rows < end; rows += 4, ordered += 16) {
    const row = <usize>load<i32>(rows);
    const gradients = v128.load(ordered);
    const binA = histogramA + (<usize>load<u8>(columnA + row) << 4);
    v128.store(binA, i64x2.add(v128.load(binA), gradients));
    const binB = histogramB + (<usize>load<u8>(columnB + row) << 4);
    v128.store(binB, i64x2.add(v128.load(binB), gradients));
  }
}

/** Takes a child's sums from its parent's, which leaves those of the other child. */
export function subtract(parent: usize, child: usize, bytes: usize): void {
  const end = parent + bytes;
  for (; parent < end; parent += 16, child += 16)
    v128.store(parent, i64x2.sub(v128.load(parent), v128.load(child)));
}
