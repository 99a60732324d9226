/** Name of the recommender in the registry and in the lakehouse. */
export const ALS_RECOMMENDER = 'als_recommender';

/** Folder of one version of the recommender, relative to the lakehouse. */
export function modelFolder(version: string): string {
  return `models/${ALS_RECOMMENDER}/${version}`;
}
