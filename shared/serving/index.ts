export { historyIn, readHistory } from './customer-history.ts';
export type { NewProductDial } from './new-products.ts';
export { exposureOf, LONGEST_NEW_DAYS } from './new-products.ts';
export { isSellable, ProductReader } from './product-reader.ts';
export type { ServingSources, ServingState, ServingStatePorts } from './serving-state.ts';
export { readServingState, servingStateReader } from './serving-state.ts';
