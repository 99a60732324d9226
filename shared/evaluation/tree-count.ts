/** Trees before and behind over which the NDCG of a number of trees is averaged. */
const REACH = 20;

/**
 * How many of the first trees rank the validation rows best, by NDCG averaged over the numbers of trees beside each; the fewest of
 * equals. From one tree to the next NDCG goes up and down by noise: its highest point alone may lie far before the slope has ended.
 * @param validationNdcg after each tree
 */
export function bestTreeCount(validationNdcg: readonly number[]): number {
  let best = { trees: 0, ndcg: Number.NEGATIVE_INFINITY };
  for (let trees = 1; trees <= validationNdcg.length; trees++) {
    const beside = validationNdcg.slice(Math.max(0, trees - 1 - REACH), trees + REACH);
    const ndcg = beside.reduce((sum, value) => sum + value, 0) / beside.length;
    if (ndcg > best.ndcg) best = { trees, ndcg };
  }
  return best.trees;
}
