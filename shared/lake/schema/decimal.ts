/**
 * The unscaled integer of decimal text at `scale` digits after the point, e.g. `("-1.5", 2)` is -150n; null where the
 * text is not a decimal number or has more than `scale` significant digits after the point.
 */
export function unscaledOf(text: string, scale: number): bigint | null {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (match === null) return null;
  const fraction = match[3] ?? '';
  const kept = fraction.slice(0, scale);
  if (/[1-9]/.test(fraction.slice(scale))) return null;
  const magnitude = BigInt((match[2] ?? '0') + kept.padEnd(scale, '0'));
  return match[1] === '-' ? -magnitude : magnitude;
}

/** Decimal text with exactly `scale` digits after the point. */
export function decimalText(unscaled: bigint, scale: number): string {
  if (scale === 0) return unscaled.toString();
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** A big-endian two's complement integer, as Parquet stores wide decimals. */
export function signedBigEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return bytes.length > 0 ? BigInt.asIntN(bytes.length * 8, value) : 0n;
}
