import type { FieldRepetitionType, SchemaElement, SchemaTree } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import type { Value } from '../schema/batch.ts';
import { arrayOf, type DataType, field, type MapType, type StructType } from '../schema/schema.ts';
import { leavesOf, planColumn } from './column-plan.ts';
import { assembleRecords, type LeafColumn } from './record-assembly.ts';

type Node = readonly [
  name: string,
  FieldRepetitionType,
  annotation: SchemaElement['converted_type'] | 'INT32',
  ...Node[],
];

function treeOf([name, repetition_type, annotation, ...children]: Node, path: readonly string[]): SchemaTree {
  const own = [...path, name];
  const element: SchemaElement = {
    name,
    repetition_type,
    ...(annotation === 'INT32' ? { type: 'INT32' } : children.length === 0 ? { type: 'BYTE_ARRAY' } : {}),
    ...(annotation === undefined || annotation === 'INT32' ? {} : { converted_type: annotation }),
    ...(children.length === 0 ? {} : { num_children: children.length }),
  };
  return { count: 1, element, children: children.map((child) => treeOf(child, own)), path: own };
}

/** `levels`: of each leaf, by its path, [repetition, definition, value] of each entry. */
function assembled(
  type: DataType,
  node: Node,
  rows: number,
  levels: Readonly<Record<string, readonly (readonly [number, number, Value?])[]>>,
): Value[] {
  const root = treeOf(['root', 'REQUIRED', undefined, node], []);
  const children = root.children.map((child) => stripRoot(child));
  const plan = planColumn({ ...root, children }, field(node[0], type), 'test');
  const columns = new Map(
    leavesOf(plan).map((leaf) => [
      leaf,
      columnOf(levels[leaf.leaf.path.join('.')] ?? [], leaf.leaf.maxDefinition),
    ]),
  );
  return assembleRecords(plan, rows, (leaf) => columns.get(leaf)!);
}

function stripRoot(tree: SchemaTree): SchemaTree {
  return { ...tree, path: tree.path.slice(1), children: tree.children.map(stripRoot) };
}

function columnOf(entries: readonly (readonly [number, number, Value?])[], max: number): LeafColumn {
  return {
    entries: entries.length,
    repetitions: Uint8Array.from(entries, ([repetition]) => repetition),
    definitions: Uint8Array.from(entries, ([, definition]) => definition),
    values: entries.flatMap(([, definition, value]) => (definition === max ? [value ?? null] : [])),
  };
}

const integers = arrayOf('integer', true);
const pair: StructType = { type: 'struct', fields: [field('a', 'integer'), field('b', 'integer')] };
const single: StructType = { type: 'struct', fields: [field('a', 'integer')] };

describe('a list', () => {
  it('of three levels tells null, empty and null elements apart', () => {
    const node: Node = [
      'l',
      'OPTIONAL',
      'LIST',
      ['list', 'REPEATED', undefined, ['element', 'OPTIONAL', 'INT32']],
    ];
    const entries = [
      [0, 0],
      [0, 1],
      [0, 2],
      [0, 3, 5],
      [1, 2],
      [1, 3, 6],
    ] as const;
    expect(assembled(integers, node, 4, { 'l.list.element': entries })).toEqual([
      null,
      [],
      [null],
      [5, null, 6],
    ]);
  });

  it('of lists goes on where the levels say', () => {
    const inner: Node = [
      'element',
      'OPTIONAL',
      'LIST',
      ['list', 'REPEATED', undefined, ['element', 'REQUIRED', 'INT32']],
    ];
    const node: Node = ['l', 'REQUIRED', 'LIST', ['list', 'REPEATED', undefined, inner]];
    const entries = [
      [0, 3, 1],
      [2, 3, 2],
      [1, 2],
      [1, 1],
      [0, 0],
      [0, 3, 3],
    ] as const;
    expect(assembled(arrayOf(integers), node, 3, { 'l.list.element.list.element': entries })).toEqual([
      [[1, 2], [], null],
      [],
      [[3]],
    ]);
  });

  it.each<[string, Node, DataType, string, Value[]]>([
    [
      'whose repeated field is the element itself',
      ['l', 'OPTIONAL', 'LIST', ['element', 'REPEATED', 'INT32']],
      integers,
      'l.element',
      [null, [], [1, 2]],
    ],
    ['that is only a repeated field', ['l', 'REPEATED', 'INT32'], integers, 'l', [[], [1, 2]]],
    [
      'of Hive',
      ['l', 'OPTIONAL', 'LIST', ['bag', 'REPEATED', undefined, ['array_element', 'REQUIRED', 'INT32']]],
      integers,
      'l.bag.array_element',
      [null, [], [1, 2]],
    ],
    [
      'of Avro, of structs of one field',
      ['l', 'OPTIONAL', 'LIST', ['array', 'REPEATED', undefined, ['a', 'REQUIRED', 'INT32']]],
      arrayOf(single),
      'l.array.a',
      [null, [], [{ a: 1 }, { a: 2 }]],
    ],
    [
      'of Thrift, of structs of one field',
      ['l', 'OPTIONAL', 'LIST', ['l_tuple', 'REPEATED', undefined, ['a', 'REQUIRED', 'INT32']]],
      arrayOf(single),
      'l.l_tuple.a',
      [null, [], [{ a: 1 }, { a: 2 }]],
    ],
  ])('%s is read', (_, node, type, path, expected) => {
    const bare = node.length === 3;
    const entries = bare
      ? ([
          [0, 0],
          [0, 1, 1],
          [1, 1, 2],
        ] as const)
      : ([
          [0, 0],
          [0, 1],
          [0, 2, 1],
          [1, 2, 2],
        ] as const);
    expect(assembled(type, node, expected.length, { [path]: entries })).toEqual(expected);
  });

  it('of two levels may have structs of several fields as elements', () => {
    const fields: Node[] = [
      ['a', 'REQUIRED', 'INT32'],
      ['b', 'OPTIONAL', 'INT32'],
    ];
    const node: Node = ['l', 'OPTIONAL', 'LIST', ['anything', 'REPEATED', undefined, ...fields]];
    const rows = assembled(arrayOf(pair), node, 2, {
      'l.anything.a': [
        [0, 2, 1],
        [1, 2, 2],
        [0, 0],
      ],
      'l.anything.b': [
        [0, 3, 9],
        [1, 2],
        [0, 0],
      ],
    });
    expect(rows).toEqual([
      [
        { a: 1, b: 9 },
        { a: 2, b: null },
      ],
      null,
    ]);
  });
});

describe('a struct', () => {
  it('of which the file has no wanted field is there where its other fields say so', () => {
    const node: Node = [
      's',
      'OPTIONAL',
      undefined,
      ['old', 'REPEATED', 'INT32'],
      ['other', 'OPTIONAL', 'INT32'],
    ];
    const entries = [
      [0, 2, 1],
      [1, 2, 2],
      [0, 0],
      [0, 1],
    ] as const;
    expect(assembled(single, node, 3, { 's.old': entries })).toEqual([{ a: null }, null, { a: null }]);
  });

  it('that is required is there, though all of it is null', () => {
    const node: Node = ['s', 'REQUIRED', undefined, ['a', 'OPTIONAL', 'INT32']];
    expect(assembled(single, node, 1, { 's.a': [[0, 0]] })).toEqual([{ a: null }]);
  });
});

describe('a map', () => {
  const entry: Node[] = [
    ['key', 'REQUIRED', undefined],
    ['value', 'OPTIONAL', 'INT32'],
  ];
  const textMap: MapType = { type: 'map', keyType: 'string', valueType: 'integer', valueContainsNull: true };
  const levels = {
    key: [
      [0, 0],
      [0, 1],
      [0, 2, '__proto__'],
      [1, 2, 'b'],
    ],
    value: [
      [0, 0],
      [0, 1],
      [0, 3, 1],
      [1, 2],
    ],
  } as const;

  it.each<[string, Node]>([
    ['of today', ['m', 'OPTIONAL', 'MAP', ['key_value', 'REPEATED', undefined, ...entry]]],
    ['of old', ['m', 'OPTIONAL', 'MAP_KEY_VALUE', ['map', 'REPEATED', 'MAP_KEY_VALUE', ...entry]]],
  ])('%s with text keys is an object', (_, node) => {
    const inner = node[3]![0];
    const rows = assembled(textMap, node, 3, {
      [`m.${inner}.key`]: levels.key,
      [`m.${inner}.value`]: levels.value,
    });
    expect(rows.slice(0, 2)).toEqual([null, {}]);
    expect(Object.entries(rows[2] as object)).toEqual([
      ['__proto__', 1],
      ['b', null],
    ]);
  });

  it('with other keys is an array of pairs, and has null for values that are not stored', () => {
    const node: Node = [
      'm',
      'OPTIONAL',
      'MAP',
      ['key_value', 'REPEATED', undefined, ['key', 'REQUIRED', 'INT32']],
    ];
    const type: MapType = { ...textMap, keyType: 'integer' };
    expect(
      assembled(type, node, 2, {
        'm.key_value.key': [
          [0, 2, 7],
          [1, 2, 8],
          [0, 0],
        ],
      }),
    ).toEqual([
      [
        [7, null],
        [8, null],
      ],
      null,
    ]);
  });
});

it.each<[string, DataType, Node]>([
  ['an array', integers, ['c', 'OPTIONAL', 'INT32']],
  ['an integer', 'integer', ['c', 'OPTIONAL', undefined, ['a', 'OPTIONAL', 'INT32']]],
  ['a list without a repeated field', integers, ['c', 'OPTIONAL', 'LIST', ['a', 'OPTIONAL', 'INT32']]],
])('a column that is %s in the table and something else in the file is refused', (_, type, node) => {
  expect(() => assembled(type, node, 0, {})).toThrow(
    expect.objectContaining({
      code: 'lake_data_file_unreadable',
      message: expect.stringContaining('column c'),
    }),
  );
});
