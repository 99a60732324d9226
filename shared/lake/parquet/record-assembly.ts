// Nested values out of levels: https://parquet.apache.org/docs/file-format/nestedencoding/
import type { Value } from '../schema/batch.ts';
import type { ColumnPlan, LeafPlan, ListPlan, MapPlan, StructPlan } from './column-plan.ts';

/** All of a leaf in one row group. */
export interface LeafColumn {
  readonly entries: number;
  /** Null where every entry has a value. */
  readonly definitions: Uint8Array | null;
  /** Null where no entry belongs to the list of the one before it. */
  readonly repetitions: Uint8Array | null;
  /** Only those that are there. */
  readonly values: ArrayLike<Value>;
}

/**
 * The values of a nested column, a row each: a struct is an object, a list an array, a map an object where its keys are
 * text and else an array of [key, value] pairs.
 */
export function assembleRecords(
  plan: ColumnPlan,
  rowCount: number,
  columnOf: (leaf: LeafPlan) => LeafColumn,
): Value[] {
  const reader = readerOf(plan, columnOf);
  const rows = new Array<Value>(rowCount);
  for (let row = 0; row < rowCount; row++) rows[row] = reader.next();
  return rows;
}

/** Reads one node of the schema, an instance of it at a time. */
interface NodeReader {
  /** The next value; null where it, or nothing around it, is there. */
  next(): Value;
  /** Passes over the one entry that stands for a null or an empty list around this node. */
  skip(): void;
  /** The cursor that tells the levels of the node; null where the file holds nothing of it. */
  readonly cursor: Cursor | null;
}

class Cursor {
  readonly #column: LeafColumn;
  readonly #maxDefinition: number;
  #entry = 0;
  #value = 0;

  constructor(column: LeafColumn, maxDefinition: number) {
    this.#column = column;
    this.#maxDefinition = maxDefinition;
  }

  get definition(): number {
    return this.#column.definitions?.[this.#entry] ?? this.#maxDefinition;
  }

  /** Of the entry to come: above 0 where it continues a list. */
  get repetition(): number {
    return this.#entry < this.#column.entries ? (this.#column.repetitions?.[this.#entry] ?? 0) : 0;
  }

  take(): Value {
    const isThere = this.definition === this.#maxDefinition;
    this.#entry++;
    return isThere ? this.#column.values[this.#value++]! : null;
  }
}

function readerOf(plan: ColumnPlan, columnOf: (leaf: LeafPlan) => LeafColumn): NodeReader {
  switch (plan.kind) {
    case 'absent':
      return { next: () => null, skip: () => undefined, cursor: null };
    case 'leaf': {
      const cursor = new Cursor(columnOf(plan), plan.leaf.maxDefinition);
      return { next: () => cursor.take(), skip: () => void cursor.take(), cursor };
    }
    case 'struct':
      return structReader(plan, columnOf);
    case 'list':
      return listReader(plan, readerOf(plan.element, columnOf));
    case 'map':
      return mapReader(plan, readerOf(plan.key, columnOf), readerOf(plan.value, columnOf));
  }
}

function structReader(plan: StructPlan, columnOf: (leaf: LeafPlan) => LeafColumn): NodeReader {
  if (plan.witness !== null) return fieldlessReader(plan, readerOf(plan.witness, columnOf));
  const { names, definition } = plan;
  const fields = plan.fields.map((field) => readerOf(field, columnOf));
  const cursor = cursorOf(fields);
  const skip = () => {
    for (const field of fields) field.skip();
  };
  return {
    cursor,
    skip,
    next: () => {
      if (cursor.definition < definition) {
        skip();
        return null;
      }
      const record: Record<string, Value> = {};
      for (let index = 0; index < fields.length; index++) record[names[index]!] = fields[index]!.next();
      return record;
    },
  };
}

/** A struct of which the file holds no field that is wanted, but tells by others whether it is there. */
function fieldlessReader({ names, definition, repetition }: StructPlan, witness: NodeReader): NodeReader {
  const cursor = cursorOf([witness]);
  return {
    cursor,
    skip: () => witness.skip(),
    next: () => {
      const isThere = cursor.definition >= definition;
      // The witness may lie in a list within the struct, and then has several entries.
      do witness.skip();
      while (cursor.repetition > repetition);
      return isThere ? Object.fromEntries(names.map((name) => [name, null])) : null;
    },
  };
}

function listReader(
  { definition, elementDefinition, repetition }: ListPlan,
  element: NodeReader,
): NodeReader {
  const cursor = cursorOf([element]);
  return {
    cursor,
    skip: () => element.skip(),
    next: () => {
      const level = cursor.definition;
      if (level < elementDefinition) {
        element.skip();
        return level < definition ? null : [];
      }
      const elements: Value[] = [];
      do elements.push(element.next());
      while (cursor.repetition === repetition);
      return elements;
    },
  };
}

function mapReader(plan: MapPlan, key: NodeReader, value: NodeReader): NodeReader {
  const { definition, elementDefinition, repetition, hasTextKeys } = plan;
  const cursor = cursorOf([key]);
  const skip = () => {
    key.skip();
    value.skip();
  };
  return {
    cursor,
    skip,
    next: () => {
      const level = cursor.definition;
      const entries: [Value, Value][] = [];
      if (level < elementDefinition) {
        skip();
        if (level < definition) return null;
      } else {
        do entries.push([key.next(), value.next()]);
        while (cursor.repetition === repetition);
      }
      return hasTextKeys ? Object.fromEntries(entries as [string, Value][]) : entries;
    },
  };
}

function cursorOf(readers: readonly NodeReader[]): Cursor {
  for (const { cursor } of readers) if (cursor !== null) return cursor;
  throw new RangeError('nothing of a nested column is in the file');
}
