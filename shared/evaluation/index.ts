export type { Interval } from './bootstrap.ts';
export type { EvaluationOptions, EvaluationReport } from './evaluate-recommender.ts';
export { evaluateRecommender } from './evaluate-recommender.ts';
export type { Measured, Method, MethodResult } from './measure.ts';
export { measure } from './measure.ts';
export type { CustomerAtCut, CustomerPurchase, TemporalSplit } from './temporal-split.ts';
export type { TrainedRecommender, TrainingOptions } from './train-recommender.ts';
export { trainRecommender } from './train-recommender.ts';
