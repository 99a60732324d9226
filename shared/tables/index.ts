export type { SourceBatch } from './append-once.ts';
export { appendOnce } from './append-once.ts';
export type { LakeTable } from './catalogue.ts';
export {
  BATCH_RECOMMENDATIONS,
  currentTable,
  LAKE_TABLES,
  PRODUCT_POPULARITY,
  QUARANTINE,
  RECOMMENDATIONS,
  rawTable,
  SHOP_ACTIVITY,
  USER_ITEM_INTERACTIONS,
  USER_RFM,
} from './catalogue.ts';
export { ALS_RECOMMENDER, modelFolder } from './models.ts';
export type { PinnedFile, PinnedTable } from './pinned-table.ts';
export { pinnedTable, tableOfFiles } from './pinned-table.ts';
export type { QuarantinedRecord } from './quarantine.ts';
export { quarantineBatch } from './quarantine.ts';
export type { ChangePosition, PositionedChange, RawBatch } from './raw-batch.ts';
export { RawBatchBuilder, rawBatch } from './raw-batch.ts';
export { rawChangesBefore, rawChangesFrom } from './raw-changes.ts';
export type { ShopTable } from './shop-tables.ts';
export { changeTopic, isShopTable, SHOP_TABLES } from './shop-tables.ts';
