import { describe, expect, it } from 'vitest';
import { countingEnvironment, ORDERS } from '../testing.ts';
import { columnPaths, tableTarget } from './data-file-target.ts';

function targetOf(configuration: Readonly<Record<string, string>>) {
  const { now, newId } = countingEnvironment();
  const target = tableTarget({ path: 't', schema: ORDERS, metadata: { configuration } }, { now, newId });
  const { now: _, newId: __, ...rest } = target;
  return rest;
}

describe('table properties that shape data files', () => {
  it.each<[Readonly<Record<string, string>>, object]>([
    [{}, {}],
    [{ 'delta.dataSkippingNumIndexedCols': '-1' }, { indexedColumns: -1 }],
    [{ 'delta.dataSkippingNumIndexedCols': '5' }, { indexedColumns: 5 }],
    [{ 'delta.dataSkippingStatsColumns': 'id, note' }, { statsColumns: [['id'], ['note']] }],
    [{ 'delta.randomizeFilePrefixes': 'TRUE' }, { randomPrefixLength: 2 }],
    [{ 'delta.randomizeFilePrefixes': 'true', 'delta.randomPrefixLength': '4' }, { randomPrefixLength: 4 }],
    [{ 'delta.randomizeFilePrefixes': 'false' }, {}],
    [{ 'delta.targetFileSize': '1048576' }, { targetFileBytes: 1_048_576 }],
  ])('%j', (configuration, expected) => {
    expect(targetOf(configuration)).toEqual({ table: 't', schema: ORDERS, ...expected });
  });

  it.each([
    [{ 'delta.dataSkippingNumIndexedCols': 'many' }],
    [{ 'delta.dataSkippingNumIndexedCols': '-2' }],
    [{ 'delta.randomizeFilePrefixes': 'true', 'delta.randomPrefixLength': '0' }],
  ])('%j are refused', (configuration) => {
    expect(() => targetOf(configuration)).toThrow('expected an integer of at least');
  });
});

describe('a list of columns', () => {
  it.each<[string, readonly (readonly string[])[]]>([
    ['', []],
    ['a', [['a']]],
    ['a,b.c , d', [['a'], ['b', 'c'], ['d']]],
    ['`a.b`.c,`x,y`', [['a.b', 'c'], ['x,y']]],
    ['`tick``ed`', [['tick`ed']]],
  ])('%j names %j', (text, paths) => {
    expect(columnPaths(text)).toEqual(paths);
  });
});
