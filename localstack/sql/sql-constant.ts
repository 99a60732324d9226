import type { DataType } from '../../shared/features/index.ts';
import { decimalShape, type Value } from '../../shared/lake/index.ts';
import { parseSqlDate, parseSqlTime } from './sql-time.ts';
import { isNode } from './statement-tree.ts';

/** A constant of a parse as a lake value of the column's type; null where DuckDB would compare in another type, and for NULL. */
export function constantOf(node: unknown, type: DataType): NonNullable<Value> | null {
  const constant = constantIn(node);
  if (constant === null) return null;
  const { kind, value, scale } = constant;
  switch (type) {
    case 'byte':
    case 'short':
    case 'integer':
      return kind === 'integer' ? Number(value) : null;
    case 'long':
      return kind === 'integer' ? BigInt(value) : null;
    case 'double':
      // Both parts are exact, so that the quotient is the nearest double.
      return kind === 'integer' || kind === 'decimal' ? Number(value) / 10 ** scale : null;
    case 'string':
      return kind === 'text' ? value : null;
    case 'date':
      return kind === 'text' || kind === 'date' ? parseSqlDate(value) : null;
    case 'timestamp':
      return instantOf(kind, value);
    default:
      return decimalOf(constant, type);
  }
}

function instantOf(kind: Constant['kind'], text: string): bigint | null {
  if (kind !== 'text' && kind !== 'date' && kind !== 'time' && kind !== 'instant') return null;
  const time = parseSqlTime(text);
  // TIMESTAMP '…' drops a zone, of which the others make use.
  return time === null || (kind === 'time' && time.hasZone) ? null : time.micros;
}

function decimalOf({ kind, value, scale }: Constant, type: DataType): string | null {
  const shape = decimalShape(type);
  if (shape === null || (kind !== 'integer' && kind !== 'decimal') || scale > shape.scale) return null;
  const unscaled = BigInt(value) * 10n ** BigInt(shape.scale - scale);
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(shape.scale + 1, '0');
  if (digits.length > shape.precision) return null;
  const point = digits.length - shape.scale;
  const fraction = shape.scale === 0 ? '' : `.${digits.slice(point)}`;
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, point)}${fraction}`;
}

interface Constant {
  readonly kind: 'integer' | 'decimal' | 'text' | 'date' | 'time' | 'instant';
  /** Of a decimal its digits without the point. */
  readonly value: string;
  /** Digits behind the point of a decimal. */
  readonly scale: number;
}

const CASTS: Readonly<Record<string, Constant['kind']>> = {
  DATE: 'date',
  TIMESTAMP: 'time',
  'TIMESTAMP WITH TIME ZONE': 'instant',
};

/** A literal, or a text that is cast to a day or a time, as `DATE '2026-11-23'` is. */
function constantIn(node: unknown): Constant | null {
  if (!isNode(node)) return null;
  if (node.type === 'OPERATOR_CAST') {
    const text = constantIn(node.child);
    const kind =
      isNode(node.cast_type) && node.try_cast !== true ? CASTS[String(node.cast_type.id)] : undefined;
    return text?.kind === 'text' && kind !== undefined ? { ...text, kind } : null;
  }
  if (node.type !== 'VALUE_CONSTANT' || !isNode(node.value) || node.value.is_null === true) return null;
  const { type, value } = node.value;
  if (!isNode(type)) return null;
  if (type.id === 'VARCHAR') return { kind: 'text', value: String(value), scale: 0 };
  // JSON's numbers are exact so far only; DuckDB writes wider ones as objects.
  if (!Number.isSafeInteger(value)) return null;
  if (type.id === 'INTEGER' || type.id === 'BIGINT')
    return { kind: 'integer', value: String(value), scale: 0 };
  const scale = isNode(type.type_info) ? Number(type.type_info.scale) : Number.NaN;
  return type.id === 'DECIMAL' && scale <= MAX_EXACT_SCALE
    ? { kind: 'decimal', value: String(value), scale }
    : null;
}

/** Powers of ten up to this one are exact doubles. */
const MAX_EXACT_SCALE = 22;
