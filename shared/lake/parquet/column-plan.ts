// How a column of the table lies in a file. Lists and maps of every age: the rules for what old writers left out are in
// https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#nested-types
import type { SchemaTree } from 'hyparquet';
import { PlatformError } from '../../errors.ts';
import { type DataType, type Field, fieldId, physicalName, typeName } from '../schema/schema.ts';
import { type LeafDecoder, leafDecoder } from './leaf-decoder.ts';
import type { Leaf } from './pages.ts';

/** What to read for a column, and how values come of it. */
export type ColumnPlan = AbsentPlan | LeafPlan | StructPlan | ListPlan | MapPlan;

/** The file is older than the column. */
export interface AbsentPlan {
  readonly kind: 'absent';
}

export interface LeafPlan {
  readonly kind: 'leaf';
  readonly leaf: Leaf;
  /** Null where only the levels are wanted. */
  readonly decode: LeafDecoder | null;
}

export interface StructPlan {
  readonly kind: 'struct';
  /** Definition level from which on there is a struct. */
  readonly definition: number;
  /** Lists around it. */
  readonly repetition: number;
  readonly names: readonly string[];
  readonly fields: readonly ColumnPlan[];
  /** Tells whether there is a struct, where the file lacks all of the fields that are wanted. */
  readonly witness: LeafPlan | null;
}

interface Repeated {
  /** Definition level from which on there is a list or map, be it empty. */
  readonly definition: number;
  /** Definition level from which on it has an element. */
  readonly elementDefinition: number;
  /** Repetition level of all its elements but the first. */
  readonly repetition: number;
}

export interface ListPlan extends Repeated {
  readonly kind: 'list';
  readonly element: ColumnPlan;
}

export interface MapPlan extends Repeated {
  readonly kind: 'map';
  readonly key: ColumnPlan;
  readonly value: ColumnPlan;
  readonly hasTextKeys: boolean;
}

/** The plan for a column of the table in a file of schema `root`; `source` names the file in errors. */
export function planColumn(root: SchemaTree, column: Field, source: string): ColumnPlan {
  return planField(root, column, { definition: 0, repetition: 0, source });
}

export function leavesOf(plan: ColumnPlan): LeafPlan[] {
  switch (plan.kind) {
    case 'absent':
      return [];
    case 'leaf':
      return [plan];
    case 'struct':
      return plan.witness === null ? plan.fields.flatMap(leavesOf) : [plan.witness];
    case 'list':
      return leavesOf(plan.element);
    case 'map':
      return [...leavesOf(plan.key), ...leavesOf(plan.value)];
  }
}

/** Levels of a node of the schema, and what errors name. */
interface Position {
  readonly definition: number;
  readonly repetition: number;
  readonly source: string;
}

function planField(parent: SchemaTree, column: Field, above: Position): ColumnPlan {
  if (column.type === 'void') return { kind: 'absent' };
  const id = fieldId(column);
  const node = parent.children.find(({ element }) =>
    id === null ? element.name === physicalName(column) : element.field_id === id,
  );
  if (node === undefined) return { kind: 'absent' };
  const at = below(node, above);
  // A repeated field that no list is wrapped around is a list that is always there.
  if (
    node.element.repetition_type === 'REPEATED' &&
    typeof column.type === 'object' &&
    column.type.type === 'array'
  ) {
    return {
      kind: 'list',
      definition: above.definition,
      elementDefinition: at.definition,
      repetition: at.repetition,
      element: planNode(node, column.type.elementType, at),
    };
  }
  return planNode(node, column.type, at);
}

/** `at`: the levels at which the node itself is. */
function planNode(node: SchemaTree, type: DataType, at: Position): ColumnPlan {
  if (typeof type === 'string') {
    if (node.children.length > 0) throw mismatch(node, type, at);
    return {
      kind: 'leaf',
      leaf: leafAt(node, at),
      decode: leafDecoder(type, node.element, sourceOf(node, at)),
    };
  }
  if (node.children.length === 0) throw mismatch(node, type, at);
  if (type.type === 'struct') {
    const fields = type.fields.map((field) => planField(node, field, at));
    const isEmpty = fields.every((field) => leavesOf(field).length === 0);
    return {
      kind: 'struct',
      definition: at.definition,
      repetition: at.repetition,
      names: type.fields.map(({ name }) => name),
      fields,
      witness: isEmpty ? firstLeaf(node, at) : null,
    };
  }
  const repeated = node.children[0];
  if (repeated === undefined || node.children.length > 1 || repeated.element.repetition_type !== 'REPEATED') {
    throw mismatch(node, type, at);
  }
  const entry = below(repeated, at);
  const levels = {
    definition: at.definition,
    elementDefinition: entry.definition,
    repetition: entry.repetition,
  };
  if (type.type === 'array') {
    const element = isElement(repeated, node) ? repeated : repeated.children[0]!;
    const elementAt = element === repeated ? entry : below(element, entry);
    return { kind: 'list', ...levels, element: planNode(element, type.elementType, elementAt) };
  }
  const [key, value] = repeated.children;
  if (key === undefined) throw mismatch(node, type, at);
  return {
    kind: 'map',
    ...levels,
    key: planNode(key, type.keyType, below(key, entry)),
    value: value === undefined ? { kind: 'absent' } : planNode(value, type.valueType, below(value, entry)),
    hasTextKeys: type.keyType === 'string',
  };
}

/** Whether the repeated node of a list is its element, as old writers had it, rather than a wrapper of the element. */
function isElement(repeated: SchemaTree, list: SchemaTree): boolean {
  const { name } = repeated.element;
  return repeated.children.length !== 1 || name === 'array' || name === `${list.element.name}_tuple`;
}

function below(node: SchemaTree, { definition, repetition, source }: Position): Position {
  const { repetition_type } = node.element;
  return {
    definition: definition + (repetition_type === 'REQUIRED' ? 0 : 1),
    repetition: repetition + (repetition_type === 'REPEATED' ? 1 : 0),
    source,
  };
}

function leafAt({ path, element }: SchemaTree, { definition, repetition }: Position): Leaf {
  return { path, element, maxDefinition: definition, maxRepetition: repetition };
}

function firstLeaf(node: SchemaTree, at: Position): LeafPlan {
  const [child] = node.children;
  if (child !== undefined) return firstLeaf(child, below(child, at));
  return { kind: 'leaf', leaf: leafAt(node, at), decode: null };
}

function sourceOf({ path }: SchemaTree, { source }: Position): string {
  return `${source}: column ${path.join('.')}`;
}

function mismatch(node: SchemaTree, type: DataType, at: Position): PlatformError {
  const held = node.children.length === 0 ? 'a single value' : `${node.children.length} nested fields`;
  return new PlatformError(
    'lake_data_file_unreadable',
    `${sourceOf(node, at)} is ${typeName(type)} in the table, and the file holds ${held}`,
  );
}
