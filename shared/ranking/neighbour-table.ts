import { linesByGroup } from './lines-by-group.ts';
import type { ScoreSum } from './score-column.ts';
import { selectTop } from './select-top.ts';

/** Groups of products that occur together, compressed: group `g` holds `members[starts[g] .. starts[g + 1])`, each product once. */
export interface ProductGroups {
  readonly starts: Int32Array;
  readonly members: Int32Array;
}

/** Row `p` holds the products nearest to the product at position `p`: `columns[starts[p] .. starts[p + 1])`, nearest first. */
export interface NeighbourTable {
  readonly starts: Int32Array;
  readonly columns: Int32Array;
  readonly similarities: Float32Array;
  /** Groups with both products, the larger ones left out. */
  readonly supports: Int32Array;
}

export interface NeighbourOptions {
  /** Larger groups say little of what belongs together and cost the square of their size; they are left out. */
  readonly largestGroup: number;
  /** Fewer common groups are taken for chance. */
  readonly minSupport: number;
  /** Added to the denominator, so that rare products do not look alike by one common group. */
  readonly shrinkage: number;
  readonly perProduct: number;
}

/**
 * Nearest products by cosine over groups with shrinkage: common / (sqrt(n_a n_b) + shrinkage), n counted over all groups.
 * Equal similarities by lower position.
 */
export function nearestByCosine(
  groups: ProductGroups,
  productCount: number,
  { largestGroup, minSupport, shrinkage, perProduct }: NeighbourOptions,
): NeighbourTable {
  const groupsOf = transposed(groups, productCount);
  const sizeOf = (row: number, { starts }: ProductGroups): number => starts[row + 1]! - starts[row]!;
  const common = new Int32Array(productCount);
  // Of the products that share a group with the one at hand, as many as there are.
  const others = new Int32Array(productCount);
  const inCommon = new Int32Array(productCount);
  const scores = new Float64Array(productCount);
  const ties = new Float64Array(productCount);
  const starts = new Int32Array(productCount + 1);
  const columns: number[] = [];
  const similarities: number[] = [];
  const supports: number[] = [];
  for (let product = 0; product < productCount; product++) {
    const touched: number[] = [];
    for (let at = groupsOf.starts[product]!; at < groupsOf.starts[product + 1]!; at++) {
      const group = groupsOf.members[at]!;
      if (sizeOf(group, groups) > largestGroup) continue;
      for (let member = groups.starts[group]!; member < groups.starts[group + 1]!; member++) {
        const other = groups.members[member]!;
        if (common[other] === 0) touched.push(other);
        common[other]! += 1;
      }
    }
    let near = 0;
    for (const other of touched) {
      const support = common[other]!;
      common[other] = 0;
      if (other === product || support < minSupport) continue;
      others[near] = other;
      inCommon[near] = support;
      scores[near] = support / (Math.sqrt(sizeOf(product, groupsOf) * sizeOf(other, groupsOf)) + shrinkage);
      ties[near++] = -other;
    }
    for (const at of selectTop(scores.subarray(0, near), ties.subarray(0, near), perProduct)) {
      columns.push(others[at]!);
      similarities.push(scores[at]!);
      supports.push(inCommon[at]!);
    }
    starts[product + 1] = columns.length;
  }
  return {
    starts,
    columns: Int32Array.from(columns),
    similarities: Float32Array.from(similarities),
    supports: Int32Array.from(supports),
  };
}

/** Adds `weight` x similarity of every neighbour of `product` to its score. */
export function addNeighbours(
  { starts, columns, similarities }: NeighbourTable,
  product: number,
  weight: number,
  scores: Pick<ScoreSum, 'add'>,
): void {
  for (let at = starts[product]!; at < starts[product + 1]!; at++)
    scores.add(columns[at]!, weight * similarities[at]!);
}

/** Nearest first. */
export function* neighboursOf(
  { starts, columns, similarities }: NeighbourTable,
  product: number,
): Generator<readonly [neighbour: number, similarity: number]> {
  for (let at = starts[product]!; at < starts[product + 1]!; at++) yield [columns[at]!, similarities[at]!];
}

/** 0 where `other` is not among the neighbours of `product`. */
export function similarityOf(table: NeighbourTable, product: number, other: number): number {
  return table.similarities[entryOf(table, product, other)] ?? 0;
}

/** Groups with both products; 0 where `other` is not among the neighbours of `product`. */
export function supportOf(table: NeighbourTable, product: number, other: number): number {
  return table.supports[entryOf(table, product, other)] ?? 0;
}

/** -1 where there is none. */
function entryOf({ starts, columns }: NeighbourTable, product: number, other: number): number {
  for (let at = starts[product]!; at < starts[product + 1]!; at++) if (columns[at] === other) return at;
  return -1;
}

/** The groups of every product. */
function transposed({ starts, members }: ProductGroups, productCount: number): ProductGroups {
  const groupOf = new Int32Array(members.length);
  for (let group = 0; group + 1 < starts.length; group++)
    groupOf.fill(group, starts[group]!, starts[group + 1]!);
  const byProduct = linesByGroup(members, productCount);
  return { starts: byProduct.starts, members: Int32Array.from(byProduct.lines, (line) => groupOf[line]!) };
}
