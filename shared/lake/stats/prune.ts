// Data skipping: which files cannot hold a row for which a predicate is true, told by bounds of their columns.
import { type Comparable, type Order, orderOf } from '../schema/comparable.ts';
import type { Predicate } from '../schema/predicate.ts';
import { columnType, comparableOf, SIGNS } from '../schema/predicate-match.ts';
import type { DataType, Schema } from '../schema/schema.ts';
import type { Bounds } from './file-bounds.ts';

/** Whether a file, of which `bounds` tells each column, may hold a row that matches. False is certain, true is not. */
export type FilePruner = (bounds: (column: string) => Bounds) => boolean;

/** A predicate made ready for the files of a table; throws `lake_predicate_invalid` where it does not fit `schema`. */
export function mayMatch(predicate: Predicate, schema: Schema): FilePruner {
  const outcomes = outcomesOf(predicate, schema);
  return (bounds) => (outcomes(bounds) & TRUE) !== 0;
}

/**
 * What a predicate may come to for some row of the file, as a set of bits. What may be false is tracked beside what may be
 * true, so that `not` stays exact: a file all of whose rows match has none that its negation matches.
 */
type Outcomes = number;
const TRUE = 1;
const FALSE = 2;
const UNKNOWN = 4;

type Estimate = (bounds: (column: string) => Bounds) => Outcomes;

function outcomesOf(predicate: Predicate, schema: Schema): Estimate {
  switch (predicate.op) {
    case 'and':
    case 'or': {
      const parts = predicate.of.map((part) => outcomesOf(part, schema));
      return predicate.op === 'and' ? conjunction(parts) : disjunction(parts);
    }
    case 'not': {
      const negated = outcomesOf(predicate.of, schema);
      return (bounds) => negation(negated(bounds));
    }
    case 'is-null': {
      const { column } = predicate;
      columnType(schema, column);
      return (bounds) => {
        const { mayBeNull, mayBeValue } = bounds(column);
        return (mayBeNull ? TRUE : 0) | (mayBeValue ? FALSE : 0);
      };
    }
    case 'in': {
      const { column, values } = predicate;
      const type = columnType(schema, column);
      const order = orderOf(type, column);
      const members = values.map((value) =>
        compared(order, type, '=', comparableOf(order, value, column, type)),
      );
      return leaf(column, (found) =>
        members.reduce((outcomes, member) => either(outcomes, member(found)), FALSE),
      );
    }
    default: {
      const { column, value, op } = predicate;
      const type = columnType(schema, column);
      const order = orderOf(type, column);
      return leaf(column, compared(order, type, op, comparableOf(order, value, column, type)));
    }
  }
}

function leaf(column: string, ofValues: (bounds: Bounds) => Outcomes): Estimate {
  return (boundsOf) => {
    const bounds = boundsOf(column);
    return (bounds.mayBeNull ? UNKNOWN : 0) | (bounds.mayBeValue ? ofValues(bounds) : 0);
  };
}

/** What comparing any value within bounds with `value` may come to. */
function compared(
  order: Order,
  type: DataType,
  op: keyof typeof SIGNS,
  value: Comparable,
): (bounds: Bounds) => Outcomes {
  const holds = SIGNS[op];
  const isFloating = type === 'float' || type === 'double';
  // Writers leave NaN out of their bounds, and it is above all.
  const ofNaN = isFloating ? verdict(holds(order.compare(Number.NaN, value))) : 0;
  return ({ min, max }) => {
    const mayBeBelow = min === null || order.compare(min, value) < 0;
    const mayBeAbove = max === null || order.compare(max, value) > 0;
    const mayBeEqual =
      (min === null || order.compare(min, value) <= 0) && (max === null || order.compare(max, value) >= 0);
    return (
      (mayBeBelow ? verdict(holds(-1)) : 0) |
      (mayBeEqual ? verdict(holds(0)) : 0) |
      (mayBeAbove ? verdict(holds(1)) : 0) |
      ofNaN
    );
  };
}

function verdict(isTrue: boolean): Outcomes {
  return isTrue ? TRUE : FALSE;
}

function conjunction(parts: readonly Estimate[]): Estimate {
  const negated = disjunction(parts.map((part) => (bounds) => negation(part(bounds))));
  return (bounds) => negation(negated(bounds));
}

function disjunction(parts: readonly Estimate[]): Estimate {
  return (bounds) => parts.reduce((outcomes, part) => either(outcomes, part(bounds)), FALSE);
}

/** Of `a or b`, whatever of their outcomes come together in one row. */
function either(left: Outcomes, right: Outcomes): Outcomes {
  const isTrue = (left | right) & TRUE;
  const isFalse = left & right & FALSE;
  const mayBeUnknown =
    ((left & UNKNOWN) !== 0 && (right & (UNKNOWN | FALSE)) !== 0) ||
    ((right & UNKNOWN) !== 0 && (left & (UNKNOWN | FALSE)) !== 0);
  return isTrue | isFalse | (mayBeUnknown ? UNKNOWN : 0);
}

function negation(outcomes: Outcomes): Outcomes {
  return (outcomes & UNKNOWN) | ((outcomes & TRUE) << 1) | ((outcomes & FALSE) >> 1);
}
