// memory: plain
/** Rows down the trees of one ensemble, eight of them abreast; `compiled-ensemble.ts` says how the memory is laid out, and why so. */

const ABREAST = 8;
const NODE_BITS = 4;

// As in `tree-ensemble.ts`.
const DEFAULT_LEFT = 2;
const MISSING_NONE = 0;
const MISSING_ZERO = 4;
const MISSING_BITS = 12;

let trees: usize = 0;
let treesEnd: usize = 0;
let nodes: usize = 0;
let values: usize = 0;
let columns: usize = 0;
let columnsEnd: usize = 0;
let inputs: usize = 0;
let inputBytes: usize = 0;
let features: usize = 0;
let featureBytes: usize = 0;
let sums: usize = 0;
let zeroThreshold: f64 = 0;
let infinite: f64 = 0;

/** Addresses of one ensemble; to be called once. */
export function open(
  treeCount: i32, treesAt: usize, nodesAt: usize, valuesAt: usize, columnCount: i32, columnsAt: usize, inputsAt: usize, width: i32, featuresAt: usize,
  sumsAt: usize, zero: f64, greatest: f64,
): void {
  trees = treesAt;
  treesEnd = treesAt + (<usize>treeCount << 3);
  nodes = nodesAt;
  values = valuesAt;
  columns = columnsAt;
  columnsEnd = columnsAt + (<usize>columnCount << 3);
  inputs = inputsAt;
  inputBytes = <usize>columnCount << 3;
  features = featuresAt;
  featureBytes = <usize>width << 2;
  sums = sumsAt;
  zeroThreshold = zero;
  infinite = greatest;
}

/** Sums of the leaves that each row of `features` reaches. Up to the next eight, rows behind the last are walked too, to no effect. */
export function predict(rows: i32): void {
  let row = features, input = inputs;
  for (let left = rows; left > 0; left--, row += featureBytes) {
    for (let column = columns; column < columnsEnd; column += 8, input += 8) {
      store<f64>(input, seen(<f64>load<f32>(row + <usize>load<u32>(column)), load<u32>(column, 4)));
    }
  }
  memory.fill(sums, 0, <usize>((rows + ABREAST - 1) & -ABREAST) << 3);
  for (let tree = trees; tree < treesEnd; tree += 8) walk(nodes + <usize>load<u32>(tree), load<i32>(tree, 4), rows);
}

/** A value as a node with this decision compares it. */
// @ts-ignore: decorator
@inline
function seen(value: f64, decision: u32): f64 {
  const missing = decision & MISSING_BITS;
  const isMissing = missing == MISSING_ZERO ? !(abs(value) > zeroThreshold) : value != value;
  if (!isMissing) return min(value, infinite);
  if (missing == MISSING_NONE) return 0;
  return (decision & DEFAULT_LEFT) != 0 ? -Infinity : Infinity;
}

function walk(root: usize, depth: i32, rows: i32): void {
  let sum = sums, first = inputs;
  for (let left = rows; left > 0; left -= ABREAST, sum += ABREAST << 3, first += inputBytes << 3) {
    const second = first + inputBytes, third = second + inputBytes, fourth = third + inputBytes;
    const fifth = fourth + inputBytes, sixth = fifth + inputBytes, seventh = sixth + inputBytes, eighth = seventh + inputBytes;
    let a = root, b = root, c = root, d = root, e = root, f = root, g = root, h = root;
    for (let step = 0; step < depth; step++) {
      a = below(a, first);
      b = below(b, second);
      c = below(c, third);
      d = below(d, fourth);
      e = below(e, fifth);
      f = below(f, sixth);
      g = below(g, seventh);
      h = below(h, eighth);
    }
    add(sum, a);
    add(sum + 8, b);
    add(sum + 16, c);
    add(sum + 24, d);
    add(sum + 32, e);
    add(sum + 40, f);
    add(sum + 48, g);
    add(sum + 56, h);
  }
}

/** A node is its threshold f64, the offset of its column in an input u32, and the offset of its left child u32, the right one behind it. */
// @ts-ignore: decorator
@inline
function below(node: usize, input: usize): usize {
  const isRight = load<f64>(input + <usize>load<u32>(node, 8)) > load<f64>(node);
  return nodes + <usize>load<u32>(node, 12) + (<usize>isRight << NODE_BITS);
}

// @ts-ignore: decorator
@inline
function add(sum: usize, leaf: usize): void {
  store<f64>(sum, load<f64>(sum) + load<f64>(values + ((leaf - nodes) >> 1)));
}
