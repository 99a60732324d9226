import { PlatformError } from '../errors.ts';

/** A byte position in Postgres' write-ahead log. */
export type Lsn = bigint;

/**
 * Reads Postgres' text form `X/Y`: two hexadecimal halves of 32 bits, not padded with zeros.
 * https://www.postgresql.org/docs/current/datatype-pg-lsn.html
 */
export function parseLsn(text: string): Lsn {
  const halves = /^([0-9A-Fa-f]{1,8})\/([0-9A-Fa-f]{1,8})$/.exec(text);
  if (halves === null) {
    throw new PlatformError('invalid_lsn', `an lsn looks like 16/B374D848, got ${JSON.stringify(text)}`);
  }
  return (BigInt(`0x${halves[1]}`) << 32n) | BigInt(`0x${halves[2]}`);
}

export function formatLsn(lsn: Lsn): string {
  return `${(lsn >> 32n).toString(16).toUpperCase()}/${(lsn & 0xffffffffn).toString(16).toUpperCase()}`;
}
