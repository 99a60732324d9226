import type { SparseRows } from './interaction-matrix.ts';
import type { AlsParameters } from './parameters.ts';

/** λ of a row, or null for a row that has nothing to learn from: its right side is 0, and so are its factors. */
export function regularisation(
  { starts, values }: SparseRows,
  row: number,
  {
    regParam,
    regularisation,
    implicitPrefs,
  }: Pick<AlsParameters, 'regParam' | 'regularisation' | 'implicitPrefs'>,
): number | null {
  const from = starts[row]!;
  const to = starts[row + 1]!;
  let count = to - from;
  if (implicitPrefs) {
    count = 0;
    for (let at = from; at < to; at++) if (values[at]! > 0) count++;
  }
  if (count === 0) return null;
  return regularisation === 'constant' ? regParam : regParam * count;
}
