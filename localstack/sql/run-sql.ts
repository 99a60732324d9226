import { PlatformError } from '../../shared/errors.ts';
import type { QueryBatch, QueryEngine, ResultColumn } from '../../shared/features/index.ts';
import type { ObjectStore } from '../../shared/lake/index.ts';
import { planSql, type TableScan } from './plan-sql.ts';
import { sqlError } from './sql-error.ts';

export interface SqlRun {
  /** Told before the rows, of a result without rows too. */
  readonly onColumns: (columns: readonly ResultColumn[]) => void;
  /** Told when it is known which files are opened, before any is. */
  readonly onScans?: (scans: readonly TableScan[]) => void;
  readonly deadline?: AbortSignal;
}

/** Runs a query over the tables of a lakehouse; its errors show the place in the statement as the user wrote it. */
export async function* runSql(
  engine: QueryEngine,
  store: ObjectStore,
  sql: string,
  { onColumns, onScans, deadline }: SqlRun,
): AsyncGenerator<QueryBatch> {
  const plan = await planSql(engine, store, sql);
  onScans?.(plan.scans);
  try {
    yield* engine.query(plan.sql, {
      tables: plan.tables,
      onColumns,
      ...(deadline === undefined ? {} : { deadline }),
    });
  } catch (error) {
    if (!(error instanceof PlatformError) || error.code !== 'query_failed') throw error;
    const position = error.details?.position;
    const message = error.message.replace(/^the query failed: /, '');
    if (typeof position !== 'number') throw new PlatformError('sql_invalid', message, { cause: error });
    throw sqlError(message, sql, Math.min(plan.originOf(position), sql.length), error);
  }
}
