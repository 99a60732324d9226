export { listTables, sqlName } from './lake-tables.ts';
export type { TableScan } from './plan-sql.ts';
export type { ResultWriter } from './result-writers.ts';
export { csvWriter, jsonWriter, tableWriter } from './result-writers.ts';
export type { SqlRun } from './run-sql.ts';
export { runSql } from './run-sql.ts';
