/**
 * Rounds values to multiples of a power of two so coarse that sums of any of them are whole multiples below 2^53: sums are then
 * exact, whatever the order, and what is left of a sum after a part is subtracted is what adding up the rest gives. With 2^20
 * values that keeps 2^-30 of the greatest.
 */
export function roundForExactSums(values: Float64Array): void {
  let greatest = 0;
  for (let at = 0; at < values.length; at++) greatest = Math.max(greatest, Math.abs(values[at]!));
  if (greatest === 0) return;
  const bits = Math.floor(Math.log2(greatest)) + 1 + Math.ceil(Math.log2(values.length));
  // A number so great that its unit in the last place is the power of two: adding it rounds.
  const rounder = 1.5 * 2 ** (bits + 1);
  for (let at = 0; at < values.length; at++) values[at] = values[at]! + rounder - rounder;
}
