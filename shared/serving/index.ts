export { historyIn, readHistory } from './customer-history.ts';
export type { ServingState, ServingStatePorts } from './serving-state.ts';
export { servingStateReader } from './serving-state.ts';
