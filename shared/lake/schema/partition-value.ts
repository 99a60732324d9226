// https://github.com/delta-io/delta/blob/master/PROTOCOL.md#partition-value-serialization
import { PlatformError } from '../../errors.ts';
import type { Value } from './batch.ts';
import { decimalText, unscaledOf } from './decimal.ts';
import { decimalShape, type Field, typeName } from './schema.ts';
import { daysOfText, localMicrosOfText, microsOfText } from './time-text.ts';

/**
 * The value of a partition column from its text in the log; null and the empty string are null for every type. The older
 * form of a timestamp, `yyyy-MM-dd HH:mm:ss`, means the local time of a writer whose zone the log does not tell: it is
 * read as UTC, as Delta Kernel, delta-rs and Trino read it.
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
      return text === 'NaN' || !Number.isNaN(Number(text)) ? Number(text) : undefined;
    case 'float':
      return text === 'NaN' || !Number.isNaN(Number(text)) ? Math.fround(Number(text)) : undefined;
    case 'date':
      return daysOfText(text);
    case 'timestamp':
      return microsOfText(text);
    case 'timestamp_ntz':
      return localMicrosOfText(text);
    default: {
      const scale = decimalShape(type)?.scale;
      const unscaled = scale === undefined ? null : unscaledOf(text, scale);
      return unscaled === null ? undefined : decimalText(unscaled, scale ?? 0);
    }
  }
}
