import { Leaf, Node, Plan } from './plan';

/** Adds to scores what the tree says of rows: `count` i32, or from row `from` on where `rows` is 0. */
export function addTree(
  nodes: usize,
  leaves: usize,
  bins: usize,
  bytesPerRow: usize,
  bytesPerFeature: usize,
  scores: usize,
  rows: usize,
  from: i32,
  count: i32,
): void {
  for (let at = 0; at < count; at++) {
    const row = rows === 0 ? from + at : load<i32>(rows + (<usize>(from + at) << 2));
    const own = bins + <usize>row * bytesPerRow;
    let child = 0;
    while (child >= 0) {
      const node = changetype<Node>(nodes + <usize>child * offsetof<Node>());
      const bin = <i32>load<u8>(own + <usize>node.feature * bytesPerFeature);
      const isLeft = bin === node.missingBin ? node.missingLeft !== 0 : bin <= node.bin;
      child = isLeft ? node.leftChild : node.rightChild;
    }
    const leaf = changetype<Leaf>(leaves + <usize>~child * offsetof<Leaf>());
    const score = scores + (<usize>row << 3);
    store<f64>(score, load<f64>(score) + leaf.value);
  }
}

/** The same for the rows that a leaf was grown from. */
export function addLeaf(plan: Plan, leaf: Leaf): void {
  const rows = plan.leafRows + (<usize>leaf.from << 2);
  for (let at = 0; at < leaf.count; at++) {
    const score = plan.scores + (<usize>load<i32>(rows + (<usize>at << 2)) << 3);
    store<f64>(score, load<f64>(score) + leaf.value);
  }
}

/** NDCG of a validation query; of equal scores the first row comes first. `best`: room for `ndcgAt` f64 and as many i32. */
export function ndcgOf(plan: Plan, query: i32, best: usize): f64 {
  const starts = plan.validationStarts + (<usize>query << 2);
  const from = load<i32>(starts);
  const to = load<i32>(starts, 4);
  const greatest = load<f64>(plan.validationBest + (<usize>query << 3));
  if (greatest === 0) return 0;
  const most = min(plan.ndcgAt, to - from);
  const grades = best + (<usize>most << 3);
  let filled = 0;
  for (let row = from; row < to; row++) {
    const score = load<f64>(plan.validationScores + (<usize>row << 3));
    if (filled === most && score <= load<f64>(best + (<usize>(most - 1) << 3))) continue;
    let place = filled < most ? filled++ : most - 1;
    for (; place > 0 && load<f64>(best + (<usize>(place - 1) << 3)) < score; place--) {
      store<f64>(best + (<usize>place << 3), load<f64>(best + (<usize>(place - 1) << 3)));
      store<i32>(grades + (<usize>place << 2), load<i32>(grades + (<usize>(place - 1) << 2)));
    }
    store<f64>(best + (<usize>place << 3), score);
    store<i32>(grades + (<usize>place << 2), <i32>load<u8>(plan.validationLabels + <usize>row));
  }
  let dcg: f64 = 0;
  for (let place = 0; place < filled; place++) {
    const gain = load<f64>(plan.gains + (<usize>load<i32>(grades + (<usize>place << 2)) << 3));
    dcg += gain * load<f64>(plan.discounts + (<usize>place << 3));
  }
  return dcg / greatest;
}
