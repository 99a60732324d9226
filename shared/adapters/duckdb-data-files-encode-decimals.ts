import { unscaledOf, type Value } from '../lake/index.ts';
import { type FixedColumn, fixedColumn, type ValidityBits } from './duckdb-data-files-encoded.ts';

/** 10^15 - 1 and all below are exact as numbers. */
const EXACT_DIGITS = 15;

/** Unscaled integers of as many bytes as DuckDB has for the precision; null where a value does not fit. */
export function encodeDecimals(
  { precision, scale }: { readonly precision: number; readonly scale: number },
  values: ArrayLike<Value>,
  rowCount: number,
  validity: ValidityBits,
): FixedColumn | null {
  if (precision > EXACT_DIGITS) return encodeWideDecimals(precision, scale, values, rowCount, validity);
  const limit = 10 ** precision;
  const target =
    precision <= 4 ? new Int16Array(rowCount) : new Int32Array(precision <= 9 ? rowCount : 2 * rowCount);
  for (let row = 0; row < rowCount; row += 1) {
    const value = values[row] ?? null;
    if (value === null) {
      validity.setNull(row);
      continue;
    }
    const unscaled = typeof value === 'string' ? unscaledNumber(value, scale, limit) : Number.NaN;
    if (Number.isNaN(unscaled)) return null;
    if (precision <= 9) target[row] = unscaled;
    else {
      target[2 * row] = unscaled | 0;
      target[2 * row + 1] = Math.floor(unscaled / 2 ** 32);
    }
  }
  const column = fixedColumn(target, rowCount, validity);
  return precision <= 9 ? column : { ...column, width: 8 };
}

/** Eight bytes up to 18 digits, 16 beyond. */
function encodeWideDecimals(
  precision: number,
  scale: number,
  values: ArrayLike<Value>,
  rowCount: number,
  validity: ValidityBits,
): FixedColumn | null {
  const limit = 10n ** BigInt(precision);
  const lanes = precision <= 18 ? 1 : 2;
  const target = new BigInt64Array(lanes * rowCount);
  for (let row = 0; row < rowCount; row += 1) {
    const value = values[row] ?? null;
    if (value === null) {
      validity.setNull(row);
      continue;
    }
    const unscaled = typeof value === 'string' ? unscaledOf(value, scale) : null;
    if (unscaled === null || unscaled >= limit || unscaled <= -limit) return null;
    target[lanes * row] = unscaled;
    if (lanes === 2) target[2 * row + 1] = unscaled >> 64n;
  }
  return { ...fixedColumn(target, rowCount, validity), width: 8 * lanes };
}

/** NaN where the text is no decimal of this scale below `limit`. */
function unscaledNumber(text: string, scale: number, limit: number): number {
  const sign = text.charCodeAt(0) === MINUS ? -1 : 1;
  let magnitude = 0;
  let fraction = -1;
  let digits = 0;
  for (let at = sign < 0 ? 1 : 0; at < text.length; at += 1) {
    const digit = text.charCodeAt(at) - ZERO;
    if (digit === POINT - ZERO && fraction < 0 && digits > 0) {
      fraction = 0;
      continue;
    }
    if (digit < 0 || digit > 9) return Number.NaN;
    digits += 1;
    if (fraction >= 0) {
      fraction += 1;
      if (fraction > scale) {
        if (digit > 0) return Number.NaN;
        continue;
      }
    }
    magnitude = magnitude * 10 + digit;
    if (magnitude >= limit) return Number.NaN;
  }
  if (digits === 0 || fraction === 0) return Number.NaN;
  magnitude *= 10 ** (scale - Math.min(Math.max(fraction, 0), scale));
  return magnitude < limit ? sign * magnitude : Number.NaN;
}

const ZERO = 48;
const MINUS = 45;
const POINT = 46;
