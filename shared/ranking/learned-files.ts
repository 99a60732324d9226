import { formatLightGbm, parseLightGbm, type TreeEnsemble } from '../trees/index.ts';
import { type LearnedRanker, LIST_KINDS, type ListKind } from './learned-ranker.ts';
import { FEATURE_NAMES } from './ranking-features.ts';
import { decodeShop, encodeShop } from './shop-file.ts';

export interface LearnedFile {
  /** Relative to the model's folder, with forward slashes. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

const SHOP = 'ranker/shop.bin';
/** Trees in LightGBM's text format, which `lightgbm.Booster(model_file=…)` reads. */
const treesPath = (kind: ListKind): string => `ranker/${kind}.txt`;

export function encodeLearned({ shop, trees }: LearnedRanker): LearnedFile[] {
  const files: LearnedFile[] = [{ path: SHOP, bytes: encodeShop(shop) }];
  for (const kind of LIST_KINDS) {
    const ensemble = trees[kind];
    if (ensemble !== null)
      files.push({ path: treesPath(kind), bytes: Buffer.from(formatLightGbm(ensemble)) });
  }
  return files;
}

/**
 * null: the model was stored without trees, or by a release that laid out the shop or named the features otherwise:
 * such a model ranks by the blend.
 * @throws PlatformError `model_artifact` for a damaged shop, and what the reader of trees throws
 */
export function decodeLearned(files: ReadonlyMap<string, Uint8Array>): LearnedRanker | null {
  const bytes = files.get(SHOP);
  const shop = bytes === undefined ? null : decodeShop(bytes);
  if (shop === null) return null;
  const treesOf = (kind: ListKind): TreeEnsemble | null => {
    const bytes = files.get(treesPath(kind));
    if (bytes === undefined) return null;
    const ensemble = parseLightGbm(new TextDecoder().decode(bytes));
    return ensemble.featureNames.join() === FEATURE_NAMES.join() ? ensemble : null;
  };
  return { shop, trees: { any: treesOf('any'), novel: treesOf('novel') } };
}
