import type { Batch, Value } from '../schema/batch.ts';
import { type Comparable, orderOf } from '../schema/comparable.ts';
import type { Predicate } from '../schema/predicate.ts';
import type { Field, Schema } from '../schema/schema.ts';

/** Distinct values of a key column that are looked for one by one; of more it is their range. */
const MOST_VALUES = 64;

/**
 * True for every row that has the key of a row of `batches`, and for as few others as its columns tell one by one: it
 * serves to leave out files, and to tell commits that do not concern each other.
 */
export function keyPredicate(schema: Schema, key: readonly string[], batches: readonly Batch[]): Predicate {
  const columns = schema.fields.filter(({ name }) => key.includes(name));
  return { op: 'and', of: columns.map((column) => columnPredicate(column, batches)) };
}

function columnPredicate(column: Field, batches: readonly Batch[]): Predicate {
  const { name, type } = column;
  const { toComparable, compare } = orderOf(type, name);
  const distinct = new Map<Comparable, NonNullable<Value>>();
  let hasNull = false;
  let least: Bound | null = null;
  let greatest: Bound | null = null;
  for (const batch of batches) {
    const values = batch.columns[name];
    for (let row = 0; row < batch.rowCount; row++) {
      const value = values?.[row] ?? null;
      const comparable = value === null ? undefined : toComparable(value);
      if (value === null || comparable === undefined) {
        hasNull = true;
        continue;
      }
      if (distinct.size <= MOST_VALUES) distinct.set(comparable, value);
      if (least === null || compare(comparable, least.comparable) < 0) least = { comparable, value };
      if (greatest === null || compare(comparable, greatest.comparable) > 0) greatest = { comparable, value };
    }
  }
  const parts: Predicate[] = hasNull ? [{ op: 'is-null', column: name }] : [];
  if (least !== null && greatest !== null) {
    parts.push(
      distinct.size <= MOST_VALUES
        ? { op: 'in', column: name, values: [...distinct.values()] }
        : {
            op: 'and',
            of: [
              { op: '>=', column: name, value: least.value },
              { op: '<=', column: name, value: greatest.value },
            ],
          },
    );
  }
  return { op: 'or', of: parts };
}

interface Bound {
  readonly comparable: Comparable;
  readonly value: NonNullable<Value>;
}
