export { keys, minuteText, PRODUCT_FIELD, REVENUE_FIELDS, recentField } from './keys.ts';
export type { Contribution, FieldWrite, OnlineHash, OnlineStore } from './online-store.ts';
export type { Interaction, OnlineProduct, Popularity, RecentFact, ValueCodec } from './values.ts';
export { interactionCodec, popularityCodec, productCodec, recentFactCodec } from './values.ts';
