export { historyIn, readHistory } from './customer-history.ts';
export { isSellable, ProductReader } from './product-reader.ts';
export type { ServingSources, ServingState, ServingStatePorts } from './serving-state.ts';
export { readServingState, servingStateReader } from './serving-state.ts';
