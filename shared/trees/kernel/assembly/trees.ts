// memory: shared
/**
 * The work of one thread on a gradient-boosted tree. Threads share the memory, except for their scratch, in which every thread
 * keeps the whole growing tree: all make the same calls and the same decisions.
 */
import { isStopped, takeAny, waitForAll } from '../../../wasm/assembly/crew';
import { chooseUnits, countOf, gradientOf, gradientUnit, hessianOf, hessianUnit, roundGradients } from './trees/exact';
import { findGradients, forgetGreatest, greatestGradient, greatestHessian } from './trees/gradients';
import { addRows, addRowsToTwo, subtract } from './trees/histogram';
import { BLOCK, orderGradients, partBlock, placeBlock, writeSides } from './trees/partition';
import { Candidate, Leaf, Node, Plan } from './trees/plan';
import { addLeaf, addTree, ndcgOf } from './trees/scores';
import { findSplit } from './trees/split';

/** Queries, and rows, that one thread takes at a time. */
const QUERIES: i32 = 16;
const ROWS: i32 = 8192;

// The thread's own tree: leaves, nodes, features to try, sides of bins, and behind them what single steps need.
let leaves: usize = 0;
let nodes: usize = 0;
let tried: usize = 0;
let sides: usize = 0;
let rest: usize = 0;
let leafCount: i32 = 0;
let triedCount: i32 = 0;

/** Finds the gradients by the scores there are, grows a tree of them, and adds it to the scores of all rows. */
export function growTree(plan: Plan, thread: i32, scratch: usize): void {
  leaves = scratch;
  nodes = leaves + <usize>plan.leaves * offsetof<Leaf>();
  tried = nodes + <usize>plan.leaves * offsetof<Node>();
  sides = tried + (<usize>plan.features << 2);
  rest = (sides + 256 + 15) & ~15;
  const isFirst = thread === 0;
  updateGradients(plan, thread);
  if (isFirst) {
    plan.gradientUnit = gradientUnit;
    plan.hessianUnit = hessianUnit;
  }
  startRoot(plan, thread);
  while (leafCount < plan.leaves) {
    const leaf = leafOfGreatestGain();
    if (leaf < 0) break;
    if (!splitLeaf(plan, leaf, isFirst)) return;
  }
  finishLeaves(plan);
  if (isFirst) plan.leafCount = leafCount;
  updateScores(plan);
}

function updateGradients(plan: Plan, thread: i32): void {
  forgetGreatest();
  const chunks = (plan.queries + QUERIES - 1) / QUERIES;
  for (let chunk = takeAny(plan.crew, chunks); chunk >= 0; chunk = takeAny(plan.crew, chunks)) {
    const to = min(plan.queries, (chunk + 1) * QUERIES);
    for (let query = chunk * QUERIES; query < to; query++) findGradients(plan, query, rest);
  }
  const own = plan.partials + (<usize>thread << 4);
  store<f64>(own, greatestGradient);
  store<f64>(own, greatestHessian, 8);
  waitForAll(plan.crew);
  let gradient: f64 = 0;
  let hessian: f64 = 0;
  for (let other = 0; other < plan.crew.threads; other++) {
    const partial = plan.partials + (<usize>other << 4);
    gradient = max(gradient, load<f64>(partial));
    hessian = max(hessian, load<f64>(partial, 8));
  }
  chooseUnits(plan, gradient, hessian);
  const blocks = (plan.rows + ROWS - 1) / ROWS;
  for (let block = takeAny(plan.crew, blocks); block >= 0; block = takeAny(plan.crew, blocks)) {
    const from = block * ROWS;
    roundGradients(plan.gradients + (<usize>from << 4), min(ROWS, plan.rows - from));
  }
  waitForAll(plan.crew);
}

/** All rows of the bag in the first leaf. */
function startRoot(plan: Plan, thread: i32): void {
  const own = plan.partials + (<usize>thread << 4);
  let sums = i64x2.splat(0);
  const blocks = (plan.inBag + ROWS - 1) / ROWS;
  for (let block = takeAny(plan.crew, blocks); block >= 0; block = takeAny(plan.crew, blocks)) {
    const from = block * ROWS;
    const count = min(ROWS, plan.inBag - from);
    orderGradients(plan, plan.leafRows + (<usize>from << 2), count, from);
    const ordered = plan.ordered + (<usize>from << 4);
    for (let at: usize = 0; at < <usize>count << 4; at += 16) sums = i64x2.add(sums, v128.load(ordered + at));
  }
  v128.store(own, sums);
  listTried(plan, 0);
  waitForAll(plan.crew);
  sums = i64x2.splat(0);
  for (let other = 0; other < plan.crew.threads; other++)
    sums = i64x2.add(sums, v128.load(plan.partials + (<usize>other << 4)));
  leafCount = 1;
  const root = leafAt(0);
  root.gradient = i64x2.extract_lane(sums, 0);
  root.rest = i64x2.extract_lane(sums, 1);
  root.from = 0;
  root.count = plan.inBag;
  root.histogram = plan.histograms;
  root.parent = -1;
  root.gain = 0;
  if (root.count < 2 * plan.minRowsPerLeaf) return;
  const pairs = (triedCount + 1) >> 1;
  for (let pair = takeAny(plan.crew, pairs); pair >= 0; pair = takeAny(plan.crew, pairs)) {
    buildPair(plan, pair, root.histogram, root);
    for (let at = 2 * pair; at < min(triedCount, 2 * pair + 2); at++) search(plan, featureAt(at), root, 0, 0);
  }
  waitForAll(plan.crew);
  takeBest(plan, root, 0);
}

/** Returns whether to go on. */
function splitLeaf(plan: Plan, index: i32, isFirst: bool): bool {
  const leaf = leafAt(index);
  const missingBin = load<i32>(plan.binCounts + (<usize>leaf.feature << 2));
  writeSides(sides, leaf, missingBin);
  const blocks = (leaf.count + BLOCK - 1) / BLOCK;
  for (let block = takeAny(plan.crew, blocks); block >= 0; block = takeAny(plan.crew, blocks))
    partBlock(plan, leaf, block, sides);
  listTried(plan, index);
  if (isFirst) plan.isHalted = i32(isStopped(plan.crew));
  waitForAll(plan.crew);
  if (plan.isHalted !== 0) return false;

  const from = leaf.from;
  const count = leaf.count;
  const parentHistogram = leaf.histogram;
  const nextIndex = leafCount;
  growNode(index, missingBin);
  const next = leafAt(nextIndex);
  const isLeftSmaller = leaf.count < next.count;
  const isSearched =
    leafCount < plan.leaves && max(leaf.count, next.count) >= 2 * plan.minRowsPerLeaf;
  if (isFirst) memory.fill(plan.usable + <usize>(nextIndex * plan.features), 0, plan.features);
  placeBlocks(plan, from, count, leaf.count, isSearched ? i32(isLeftSmaller) : -1);
  waitForAll(plan.crew);
  if (!isSearched) return true;

  const smaller = isLeftSmaller ? leaf : next;
  const larger = isLeftSmaller ? next : leaf;
  smaller.histogram = plan.histograms + <usize>nextIndex * plan.histogramBytes;
  larger.histogram = parentHistogram;
  const pairs = (triedCount + 1) >> 1;
  for (let pair = takeAny(plan.crew, pairs); pair >= 0; pair = takeAny(plan.crew, pairs)) {
    buildPair(plan, pair, smaller.histogram, smaller);
    for (let at = 2 * pair; at < min(triedCount, 2 * pair + 2); at++) {
      const feature = featureAt(at);
      const offset = offsetOf(plan, feature);
      subtract(larger.histogram + offset, smaller.histogram + offset, bytesOf(plan, feature));
      search(plan, feature, leaf, index, 0);
      search(plan, feature, next, nextIndex, 1);
    }
  }
  waitForAll(plan.crew);
  takeBest(plan, leaf, 0);
  takeBest(plan, next, 1);
  return true;
}

/** The leaf's best split becomes a node; the leaf keeps its number as the left child, the right one becomes the next. */
function growNode(index: i32, missingBin: i32): void {
  const nodeIndex = leafCount - 1;
  const leaf = leafAt(index);
  const next = leafAt(leafCount);
  const node = changetype<Node>(nodes + <usize>nodeIndex * offsetof<Node>());
  node.gain = leaf.gain;
  node.feature = leaf.feature;
  node.bin = leaf.bin;
  node.missingLeft = leaf.missingLeft;
  node.missingBin = missingBin;
  node.leftChild = ~index;
  node.rightChild = ~leafCount;
  if (leaf.parent >= 0) {
    const parent = changetype<Node>(nodes + <usize>leaf.parent * offsetof<Node>());
    if (parent.leftChild === ~index) parent.leftChild = nodeIndex;
    else parent.rightChild = nodeIndex;
  }
  const lefts = countOf(leaf.leftRest);
  next.gradient = leaf.gradient - leaf.leftGradient;
  next.rest = leaf.rest - leaf.leftRest;
  next.from = leaf.from + lefts;
  next.count = leaf.count - lefts;
  next.parent = nodeIndex;
  next.gain = 0;
  leaf.gradient = leaf.leftGradient;
  leaf.rest = leaf.leftRest;
  leaf.count = lefts;
  leaf.parent = nodeIndex;
  leaf.gain = 0;
  leafCount += 1;
}

/** Every thread adds up how many rows earlier blocks have sent left, and places the blocks that it takes. */
function placeBlocks(plan: Plan, from: i32, count: i32, lefts: i32, ordersLeft: i32): void {
  const blocks = (count + BLOCK - 1) / BLOCK;
  let before = 0;
  let counted = 0;
  for (let block = takeAny(plan.crew, blocks); block >= 0; block = takeAny(plan.crew, blocks)) {
    for (; counted < block; counted++) before += load<i32>(plan.blockLefts + (<usize>counted << 2));
    placeBlock(plan, block, min(BLOCK, count - block * BLOCK), before, from, lefts, ordersLeft);
  }
}

/** Histograms of up to two features, of all rows of a leaf whose gradients are ordered. */
function buildPair(plan: Plan, pair: i32, histogram: usize, leaf: Leaf): void {
  const rows = plan.leafRows + (<usize>leaf.from << 2);
  const a = featureAt(2 * pair);
  const histogramA = histogram + offsetOf(plan, a);
  memory.fill(histogramA, 0, bytesOf(plan, a));
  if (2 * pair + 1 === triedCount) {
    addRows(histogramA, columnOf(plan, a), rows, plan.ordered, leaf.count);
    return;
  }
  const b = featureAt(2 * pair + 1);
  const histogramB = histogram + offsetOf(plan, b);
  memory.fill(histogramB, 0, bytesOf(plan, b));
  addRowsToTwo(histogramA, columnOf(plan, a), histogramB, columnOf(plan, b), rows, plan.ordered, leaf.count);
}

/** The best split of a leaf by a feature. One that does not gain is not tried again below: LightGBM does not either. */
function search(plan: Plan, feature: i32, leaf: Leaf, index: i32, side: i32): void {
  const candidate = candidateOf(plan, feature, side);
  candidate.gain = 0;
  if (leaf.count < 2 * plan.minRowsPerLeaf) return;
  const bins = load<i32>(plan.binCounts + (<usize>feature << 2));
  findSplit(plan, leaf.histogram + offsetOf(plan, feature), bins, leaf.gradient, leaf.rest, candidate);
  store<u8>(plan.usable + <usize>(index * plan.features + feature), u8(candidate.gain > 0));
}

/** Of equal gains that of the first feature. */
function takeBest(plan: Plan, leaf: Leaf, side: i32): void {
  for (let at = 0; at < triedCount; at++) {
    const feature = featureAt(at);
    const candidate = candidateOf(plan, feature, side);
    if (candidate.gain <= leaf.gain) continue;
    leaf.gain = candidate.gain;
    leaf.leftGradient = candidate.leftGradient;
    leaf.leftRest = candidate.leftRest;
    leaf.feature = feature;
    leaf.bin = candidate.bin;
    leaf.missingLeft = candidate.missingLeft;
  }
}

/** The first of those that gain most, or -1. */
function leafOfGreatestGain(): i32 {
  let best = -1;
  let gain: f64 = 0;
  for (let index = 0; index < leafCount; index++) {
    if (leafAt(index).gain <= gain) continue;
    best = index;
    gain = leafAt(index).gain;
  }
  return best;
}

/** Each leaf gets the value that lowers the objective most, -G/(H + λ), times the learning rate. */
function finishLeaves(plan: Plan): void {
  for (let index = 0; index < leafCount; index++) {
    const leaf = leafAt(index);
    leaf.hessianSum = hessianOf(leaf.rest);
    leaf.value =
      leaf.gradient === 0 ? 0 : (-gradientOf(leaf.gradient) / (leaf.hessianSum + plan.l2)) * plan.learningRate;
  }
}

function updateScores(plan: Plan): void {
  if (leafCount === 1) return;
  const outBlocks = (plan.outOfBagCount + ROWS - 1) / ROWS;
  const validationBlocks = (plan.validationRows + ROWS - 1) / ROWS;
  const items = leafCount + outBlocks + validationBlocks;
  for (let item = takeAny(plan.crew, items); item >= 0; item = takeAny(plan.crew, items)) {
    if (item < leafCount) addLeaf(plan, leafAt(item));
    else if (item < leafCount + outBlocks) {
      const from = (item - leafCount) * ROWS;
      const count = min(ROWS, plan.outOfBagCount - from);
      addTree(nodes, leaves, plan.columns, 1, plan.rows, plan.scores, plan.outOfBag, from, count);
    } else {
      const from = (item - leafCount - outBlocks) * ROWS;
      const count = min(ROWS, plan.validationRows - from);
      addTree(nodes, leaves, plan.validationBins, plan.features, 1, plan.validationScores, 0, from, count);
    }
  }
  waitForAll(plan.crew);
  const chunks = (plan.validationQueries + QUERIES - 1) / QUERIES;
  for (let chunk = takeAny(plan.crew, chunks); chunk >= 0; chunk = takeAny(plan.crew, chunks)) {
    const to = min(plan.validationQueries, (chunk + 1) * QUERIES);
    for (let query = chunk * QUERIES; query < to; query++)
      store<f64>(plan.validationNdcg + (<usize>query << 3), ndcgOf(plan, query, rest));
  }
  waitForAll(plan.crew);
}

/** Features that may split a leaf, ascending. */
function listTried(plan: Plan, leaf: i32): void {
  triedCount = 0;
  for (let feature = 0; feature < plan.features; feature++) {
    store<i32>(tried + (<usize>triedCount << 2), feature);
    triedCount += i32(load<u8>(plan.usable + <usize>(leaf * plan.features + feature)) !== 0);
  }
}

// @ts-ignore: decorator
@inline
function leafAt(index: i32): Leaf {
  return changetype<Leaf>(leaves + <usize>index * offsetof<Leaf>());
}

// @ts-ignore: decorator
@inline
function featureAt(at: i32): i32 {
  return load<i32>(tried + (<usize>at << 2));
}

// @ts-ignore: decorator
@inline
function candidateOf(plan: Plan, feature: i32, side: i32): Candidate {
  return changetype<Candidate>(plan.candidates + <usize>(2 * feature + side) * offsetof<Candidate>());
}

// @ts-ignore: decorator
@inline
function columnOf(plan: Plan, feature: i32): usize {
  return plan.columns + <usize>feature * <usize>plan.rows;
}

// @ts-ignore: decorator
@inline
function offsetOf(plan: Plan, feature: i32): usize {
  return load<u32>(plan.offsets + (<usize>feature << 2));
}

/** Of a feature in a histogram. */
// @ts-ignore: decorator
@inline
function bytesOf(plan: Plan, feature: i32): usize {
  return <usize>(load<i32>(plan.binCounts + (<usize>feature << 2)) + 1) << 4;
}
