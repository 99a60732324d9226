// https://github.com/delta-io/delta/blob/master/PROTOCOL.md#partition-value-serialization
import { PlatformError } from '../../errors.ts';
import type { Value } from './batch.ts';
import { decimalText, unscaledOf } from './decimal.ts';
import { decimalShape, type Field, typeName } from './schema.ts';

/**
 * A value of a partition column as the log holds it; `partitionValue` reads it back equal. The value must fit its column.
 * What has no text that all readers take alike is refused: the empty string, which reads as null, and years beyond 1 to 9999.
 */
export function partitionText(column: Field, value: Value): string | null {
  if (value === null) return null;
  const text = textOf(column, value);
  if (text !== null) return text;
  const shown = typeof value === 'bigint' ? `${value}n` : JSON.stringify(value);
  throw new PlatformError(
    'lake_value_invalid',
    `partition column ${column.name} of type ${typeName(column.type)} cannot hold ${shown}: it has no text in the log`,
  );
}

/** Types that a table may be partitioned by. */
export function requirePartitionable(column: Field): void {
  if (typeof column.type === 'string' && column.type !== 'binary') return;
  throw new PlatformError(
    'lake_feature_unsupported',
    `partitioning by column ${column.name} of type ${typeName(column.type)} is not supported`,
  );
}

function textOf({ type }: Field, value: NonNullable<Value>): string | null {
  switch (type) {
    case 'string':
      return value === '' ? null : String(value);
    case 'boolean':
    case 'byte':
    case 'short':
    case 'integer':
    case 'long':
      return String(value);
    case 'float':
    case 'double':
      return Object.is(value, -0) ? '-0.0' : String(value);
    case 'date':
      return isoText(Number(value) * 86_400_000)?.slice(0, 10) ?? null;
    case 'timestamp':
      return timestampText(BigInt(value as bigint));
    default: {
      const scale = decimalShape(type)?.scale;
      const unscaled = scale === undefined ? null : unscaledOf(String(value), scale);
      return unscaled === null ? null : decimalText(unscaled, scale ?? 0);
    }
  }
}

function timestampText(micros: bigint): string | null {
  const fraction = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const seconds = isoText(Number((micros - fraction) / 1000n));
  return seconds === null ? null : `${seconds.slice(0, 19)}.${fraction.toString().padStart(6, '0')}Z`;
}

function isoText(epochMs: number): string | null {
  const date = new Date(epochMs);
  const year = date.getUTCFullYear();
  return year >= 1 && year <= 9999 ? date.toISOString() : null;
}
