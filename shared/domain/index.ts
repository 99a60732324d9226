export type {
  BehaviourEvent,
  DecodedBehaviourEvent,
  RecommendationServed,
  ServedItem,
} from './behaviour-event.ts';
export { BEHAVIOUR_TOPIC, decodeBehaviourEvent, encodeBehaviourEvent } from './behaviour-event.ts';
export type { ChangeEvent, Operation, Row, RowVersion } from './change-event.ts';
export { currentRow, rowVersion, UNAVAILABLE_VALUE } from './change-event.ts';
export { DAY_MS, HOUR_MS, MINUTE_MS } from './durations.ts';
export type { EpochMillis, OrderId, OrderItemId, ProductId, UserId } from './ids.ts';
export { epochMillis, isId, microsOfMillis, orderId, orderItemId, productId, userId } from './ids.ts';
export { isJsonObject } from './json-object.ts';
export type { Money } from './money.ts';
export { centsOf, moneyOfCents, parseMoney } from './money.ts';
export { isSale, SALE_STATUSES } from './sale.ts';
export { shopTime } from './shop-time.ts';
export { timestampMicros, timestampMillis } from './timestamp.ts';
export {
  DEAD_LETTER_SUFFIX,
  REVENUE_TOPIC,
  SHOP_PUBLICATION,
  SHOP_SLOT,
  SHOP_TOPIC_PREFIX,
} from './topics.ts';
export { windowStart } from './window.ts';
