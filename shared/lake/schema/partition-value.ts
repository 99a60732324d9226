// https://github.com/delta-io/delta/blob/master/PROTOCOL.md#partition-value-serialization
import { PlatformError } from '../../errors.ts';
import type { Value } from './batch.ts';
import { decimalText, unscaledOf } from './decimal.ts';
import { decimalShape, type Field, typeName } from './schema.ts';

/**
 * The value of a partition column from its text in the log; null and the empty string are null for every type. A timestamp
 * must name its zone: the older form `yyyy-MM-dd HH:mm:ss` means the local time of a writer that the log does not tell.
 */
export function partitionValue(column: Field, text: string | null | undefined): Value {
  if (text === null || text === undefined || text === '') return null;
  const value = parse(column, text);
  if (value === undefined) {
    throw new PlatformError(
      'lake_feature_unsupported',
      `partition column ${column.name} of type ${typeName(column.type)} has the value ${JSON.stringify(text)}, which is not supported`,
    );
  }
  return value;
}

function parse({ type }: Field, text: string): Value | undefined {
  switch (type) {
    case 'string':
      return text;
    case 'binary':
      return new TextEncoder().encode(text);
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined;
    case 'integer':
    case 'short':
    case 'byte':
      return /^-?\d+$/.test(text) ? Number(text) : undefined;
    case 'long':
      return /^-?\d+$/.test(text) ? BigInt(text) : undefined;
    case 'double':
    case 'float':
      return text === 'NaN' || !Number.isNaN(Number(text)) ? Number(text) : undefined;
    case 'date':
      return /^\d{4}-\d\d-\d\d$/.test(text) ? wholeOr(Date.parse(text) / 86_400_000) : undefined;
    case 'timestamp':
      return zonedMicros(text);
    default: {
      const scale = decimalShape(type)?.scale;
      const unscaled = scale === undefined ? null : unscaledOf(text, scale);
      return unscaled === null ? undefined : decimalText(unscaled, scale ?? 0);
    }
  }
}

function zonedMicros(text: string): bigint | undefined {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?Z$/.exec(text);
  const seconds = match === null ? undefined : wholeOr(Date.parse(`${match[1]}Z`) / 1000);
  return seconds === undefined
    ? undefined
    : BigInt(seconds) * 1_000_000n + BigInt((match?.[2] ?? '').padEnd(6, '0'));
}

function wholeOr(value: number): number | undefined {
  return Number.isInteger(value) ? value : undefined;
}
