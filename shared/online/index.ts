export {
  keys,
  minuteText,
  POPULARITY_WINDOW_FIELD,
  PRODUCT_FIELD,
  REVENUE_FIELDS,
  recentField,
} from './keys.ts';
export type { Contribution, FieldName, FieldWrite, OnlineHash, OnlineStore } from './online-store.ts';
export type {
  CreatedProduct,
  Interaction,
  OnlineProduct,
  Popularity,
  PopularityWindow,
  RecentFact,
  ValueCodec,
} from './values.ts';
export {
  createdProductCodec,
  interactionCodec,
  popularityCodec,
  popularityWindowCodec,
  productCodec,
  recentFactCodec,
} from './values.ts';
