export type { ChangesSurvey } from './current-queries.ts';
export { currentChanges, currentRows, currentRowsAsOf, surveyChanges } from './current-queries.ts';
export {
  DEFAULT_HALF_LIFE_DAYS,
  FIRST_ORDERS_HALF_LIFE_DAYS,
  interactionsByUser,
  newestSale,
  productPopularity,
  saleLines,
  shopActivity,
  TREND_HALF_LIFE_DAYS,
  userItemInteractions,
  userRfm,
} from './feature-queries.ts';
export type {
  DataType,
  QueryBatch,
  QueryEngine,
  QueryFile,
  QueryOptions,
  QueryTable,
  QueryValue,
  ResultColumn,
} from './query-engine.ts';
export { MAX_BATCH_ROWS } from './query-engine.ts';
