import type { ColumnMetaData } from 'hyparquet';
import type { Value } from '../schema/batch.ts';
import { concatValues, valuesAt } from '../schema/column-values.ts';
import { type ColumnPlan, type LeafPlan, leavesOf } from './column-plan.ts';
import { pagesOf } from './pages.ts';
import { assembleRecords, type LeafColumn } from './record-assembly.ts';

/**
 * The values of a column in a row group of `rowCount` rows, a typed array where they are numbers and none is null. `chunkOf`
 * gives what the footer of the file says of a leaf. Throws a RangeError, or an Error of a decoder, where the file is corrupt.
 */
export function readColumn(
  file: Uint8Array,
  plan: ColumnPlan,
  rowCount: number,
  chunkOf: (path: readonly string[]) => ColumnMetaData,
): ArrayLike<Value> {
  if (plan.kind === 'absent') return new Array<Value>(rowCount).fill(null);
  const read = (leaf: LeafPlan) => readLeaf(file, chunkOf(leaf.leaf.path), leaf);
  if (plan.kind === 'leaf') return withNulls(read(plan), plan.leaf.maxDefinition, rowCount);
  const columns = new Map(leavesOf(plan).map((leaf) => [leaf, read(leaf)]));
  return assembleRecords(plan, rowCount, (leaf) => columns.get(leaf)!);
}

/** All of a leaf in one row group; a dictionary is decoded once. */
function readLeaf(file: Uint8Array, chunk: ColumnMetaData, { leaf, decode }: LeafPlan): LeafColumn {
  const definitions: LevelsOfPage[] = [];
  const repetitions: LevelsOfPage[] = [];
  const values: ArrayLike<Value>[] = [];
  let dictionary: ArrayLike<Value> = [];
  let entries = 0;
  for (const page of pagesOf(file, chunk, leaf)) {
    if (page.kind === 'dictionary') {
      if (decode !== null) dictionary = decode(page.values);
      continue;
    }
    const { count } = page;
    entries += count;
    definitions.push({ count, levels: page.definitions });
    repetitions.push({ count, levels: page.repetitions });
    if (decode === null) continue;
    values.push(page.kind === 'values' ? decode(page.values) : dictionaryValues(dictionary, page.indices));
  }
  return {
    entries,
    definitions: concatLevels(definitions, entries, leaf.maxDefinition),
    repetitions: concatLevels(repetitions, entries, 0),
    values: concatValues(values),
  };
}

function dictionaryValues(dictionary: ArrayLike<Value>, indices: Uint32Array): ArrayLike<Value> {
  let last = -1;
  for (let index = 0; index < indices.length; index++) if (indices[index]! > last) last = indices[index]!;
  if (last >= dictionary.length) {
    throw new RangeError(`value ${last} of a dictionary of ${dictionary.length}`);
  }
  return valuesAt(dictionary, indices);
}

interface LevelsOfPage {
  readonly count: number;
  readonly levels: Uint8Array | null;
}

/** Null where no page has levels; `implied` is what those of a page without are. */
function concatLevels(pages: readonly LevelsOfPage[], entries: number, implied: number): Uint8Array | null {
  if (pages.every(({ levels }) => levels === null)) return null;
  const all = new Uint8Array(entries);
  let offset = 0;
  for (const { levels, count } of pages) {
    if (levels === null) all.fill(implied, offset, offset + count);
    else all.set(levels, offset);
    offset += count;
  }
  return all;
}

/** A flat column: its values where they belong, null in between. */
function withNulls(
  { entries, definitions, values }: LeafColumn,
  max: number,
  rowCount: number,
): ArrayLike<Value> {
  if (entries !== rowCount) throw new RangeError(`${entries} values for ${rowCount} rows`);
  if (definitions === null) return values;
  const rows = new Array<Value>(rowCount);
  let next = 0;
  for (let row = 0; row < rowCount; row++) rows[row] = definitions[row] === max ? values[next++]! : null;
  return rows;
}
