import { PlatformError } from '../../errors.ts';
import type { Value } from './batch.ts';
import { unscaledOf } from './decimal.ts';
import { type DataType, decimalShape, typeName } from './schema.ts';
import { compareUtf8 } from './utf8-order.ts';

/** A value in the form in which values of its type are compared: decimals unscaled, booleans as 0 and 1. */
export type Comparable = number | bigint | string | Uint8Array;

/** How values of one column type are ordered. */
export interface Order {
  /** Undefined where the value is none of the type. */
  readonly toComparable: (value: NonNullable<Value>) => Comparable | undefined;
  /** Below 0, 0 or above 0, of two comparables of the type. */
  readonly compare: (left: Comparable, right: Comparable) => number;
}

/**
 * The order of a column type, as Spark has it: strings and binary by their bytes, NaN equal to itself and above every
 * other number, minus zero equal to zero. A type without an order (array, map, struct) is refused.
 */
export function orderOf(type: DataType, column: string): Order {
  switch (type) {
    case 'string':
      return { toComparable: only('string'), compare: compareText };
    case 'binary':
      return {
        toComparable: (value) => (value instanceof Uint8Array ? value : undefined),
        compare: compareBytes,
      };
    case 'boolean':
      return {
        toComparable: (value) => (typeof value === 'boolean' ? Number(value) : undefined),
        compare: compareNumbers,
      };
    case 'float':
      return {
        toComparable: (value) => (typeof value === 'number' ? Math.fround(value) : undefined),
        compare: compareNumbers,
      };
    case 'double':
    case 'integer':
    case 'short':
    case 'byte':
    case 'date':
      return { toComparable: only('number'), compare: compareNumbers };
    case 'long':
    case 'timestamp':
    case 'timestamp_ntz':
      return { toComparable: only('bigint'), compare: compareNumbers };
    default: {
      const scale = decimalShape(type)?.scale;
      if (scale === undefined) throw withoutOrder(type, column);
      return {
        toComparable: (value) =>
          typeof value === 'string' ? (unscaledOf(value, scale) ?? undefined) : undefined,
        compare: compareNumbers,
      };
    }
  }
}

function only(kind: 'string' | 'number' | 'bigint'): Order['toComparable'] {
  return (value) => (typeof value === kind ? (value as Comparable) : undefined);
}

function compareNumbers(left: Comparable, right: Comparable): number {
  if (left < right) return -1;
  if (left > right) return 1;
  if (left === right) return 0;
  // One of them is NaN.
  return Number(Number.isNaN(left)) - Number(Number.isNaN(right));
}

function compareText(left: Comparable, right: Comparable): number {
  return left === right ? 0 : compareUtf8(left as string, right as string);
}

function compareBytes(left: Comparable, right: Comparable): number {
  const [a, b] = [left as Uint8Array, right as Uint8Array];
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const difference = a[index]! - b[index]!;
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function withoutOrder(type: DataType, column: string): PlatformError {
  return new PlatformError(
    'lake_predicate_invalid',
    `column ${column} is ${typeName(type)}, of which values are not compared`,
  );
}
