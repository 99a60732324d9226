export type { RunningControlTable } from './start-control-table.ts';
export { startControlTable } from './start-control-table.ts';
