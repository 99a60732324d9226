import { PlatformError } from '../errors.ts';
import { CompiledEnsemble } from './compiled-ensemble.ts';
import type { TreeEnsemble } from './tree-ensemble.ts';

/** Compiled at the first use and kept as long as the ensemble is. */
const compiledEnsembles = new WeakMap<TreeEnsemble, CompiledEnsemble>();

/**
 * Scores rows: `out[row]` becomes the sum of the values of the leaves that the row reaches, added in the order of the trees.
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
  let compiled = compiledEnsembles.get(ensemble);
  if (compiled === undefined) {
    compiled = new CompiledEnsemble(ensemble, width);
    compiledEnsembles.set(ensemble, compiled);
  }
  compiled.predict(features, width, out);
}
