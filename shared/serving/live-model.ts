import { decodeModel, type ItemSpace, itemSpace } from '../als/index.ts';
import { PlatformError } from '../errors.ts';
import type { ObjectStore } from '../lake/index.ts';
import {
  decodeLearned,
  type LearnedRanker,
  parseRankingSettings,
  type RankingSettings,
} from '../ranking/index.ts';
import { modelFolder } from '../tables/index.ts';

export interface LiveModel {
  readonly version: string;
  readonly items: ItemSpace;
  readonly settings: RankingSettings;
  /** null: the model has no trees. */
  readonly learned: LearnedRanker | null;
}

/** @throws PlatformError `model_artifact` when files are missing or damaged */
export async function loadModel(store: ObjectStore, version: string): Promise<LiveModel> {
  const folder = modelFolder(version);
  const files = [];
  for (const { path } of await store.list(`${folder}/`)) {
    const bytes = await store.get(path);
    if (bytes === null)
      throw new PlatformError('model_artifact', `file ${path} of model ${version} is missing`);
    files.push({ path: path.slice(folder.length + 1), bytes });
  }
  const { model, manifest, attachments } = await decodeModel(files);
  return {
    version,
    items: itemSpace(model),
    settings: parseRankingSettings(manifest.ranking),
    learned: decodeLearned(attachments),
  };
}
