export { type GenerateOptions, generateShop, SHOP_SIZES, type ShopSize } from './generate.ts';
export type { SqlClient } from './insert-rows.ts';
export { applySchema, isShopEmpty, loadShop } from './load.ts';
export {
  ORDER_STATUSES,
  type OrderItemRow,
  type OrderRow,
  type OrderStatus,
  type ProductRow,
  type ShopRows,
  type UserRow,
} from './rows.ts';
