export { describeEvent, describeRefusal } from './describe.ts';
export { type GenerateOptions, generateShop, type ShopSize } from './generate.ts';
export {
  type ImportOptions,
  type ImportReport,
  importOrderLines,
  type RejectedRow,
} from './import-order-lines.ts';
export type { SqlClient } from './insert-rows.ts';
export { applySchema, isShopEmpty, loadShop } from './load.ts';
export { type OrderLine, type OrderLineEntry, readOrderLines } from './order-lines.ts';
export {
  nearestCustomer,
  type OrderOutcome,
  type OrderRequest,
  type PlacedItem,
  placeOrder,
} from './place-order.ts';
export { type Random, seededRandom } from './random.ts';
export type {
  OrderItemRow,
  OrderRow,
  OrderStatus,
  ProductRow,
  ShopRows,
  UserRow,
} from './rows.ts';
export type { ShopEvent } from './shop-events.ts';
export { DEFAULT_ORDERS_PER_SECOND, type SimulateOptions, simulate } from './simulate.ts';
