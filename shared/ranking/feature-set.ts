import { createHash } from 'node:crypto';
import { FEATURE_NAMES } from './ranking-features.ts';

/**
 * Names the columns of `rankingFeatures`: how many there are, and a digest of their names in order. Two rows of one feature set may
 * be compared and trained on together; the trees of the model that served them name the columns.
 */
export const FEATURE_SET = featureSetOf(FEATURE_NAMES);

export function featureSetOf(names: readonly string[]): string {
  return `${names.length}-${createHash('sha256').update(names.join('\n')).digest('hex').slice(0, 12)}`;
}
