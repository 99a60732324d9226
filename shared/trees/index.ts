export { meanNdcg } from './ndcg.ts';
export { predictRows } from './predict-rows.ts';
export type { RankerParameters } from './ranker-parameters.ts';
export { RANKER_DEFAULTS } from './ranker-parameters.ts';
export type { RankingRows } from './ranking-rows.ts';
export type { RankerProgress, TrainedRanker, TrainRankerOptions } from './train-ranker.ts';
export { trainRanker } from './train-ranker.ts';
export type { DecisionTree, TreeEnsemble } from './tree-ensemble.ts';
