import { PlatformError } from '../errors.ts';
import { leafOf } from './decide.ts';
import type { TreeEnsemble } from './tree-ensemble.ts';

/**
 * Scores rows: `out[row]` becomes the sum of the values of the leaves that the row reaches.
 * @param features row-major, `out.length` × the ensemble's features; NaN = missing
 * @throws PlatformError `ranking_rows` if the sizes do not fit
 */
export function predictRows(ensemble: TreeEnsemble, features: Float32Array, out: Float64Array): void {
  const width = ensemble.featureNames.length;
  if (features.length !== out.length * width)
    throw new PlatformError(
      'ranking_rows',
      `${features.length} values for ${out.length} rows of ${width} features`,
    );
  out.fill(0);
  for (const tree of ensemble.trees) {
    for (let row = 0; row < out.length; row++)
      out[row]! += tree.leafValues[leafOf(tree, features, row * width)]!;
  }
}
