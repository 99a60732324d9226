import { type EpochMillis, microsOfMillis } from '../domain/index.ts';
import type { LakeTable } from '../tables/index.ts';
import type { QueryBatch, QueryEngine, QueryTable } from './query-engine.ts';
import { sqlText } from './sql-text.ts';

interface CurrentQuery {
  readonly engine: QueryEngine;
  readonly deadline?: AbortSignal;
  /** Rows of `raw/<table>`. */
  readonly raw: QueryTable;
}

/** Rows that some new data files of `raw/<table>` brought. */
type Changed = { readonly changed: QueryTable };

/** How much new changes touch. See changes_survey.sql. */
export interface ChangesSurvey {
  readonly changes: number;
  readonly truncates: number;
  readonly keys: number;
  /** Lowest `_lsn` of `raw/<table>` that still can decide about one of the keys; null where the changes name no row. */
  readonly floorLsn: bigint | null;
}

/** Rows of `current/<table>` from all of its changes; columns as in `current.schema`. See current.sql. */
export function currentRows(current: LakeTable, query: CurrentQuery): AsyncIterable<QueryBatch> {
  return query.engine.query(sqlText('current.sql', placeholders(current)), {
    tables: { raw: query.raw },
    ...deadlineOf(query),
  });
}

/**
 * Rows of a shop table as they stood right before `asOf`: a change committed at that very moment is not in them. Of `raw`, files
 * without a change before the moment may be left out. Columns as in `current.schema`. See current_as_of.sql.
 */
export function currentRowsAsOf(
  current: LakeTable,
  query: CurrentQuery & { readonly asOf: EpochMillis },
): AsyncIterable<QueryBatch> {
  const latest = sqlText('current.sql', placeholders(current));
  return query.engine.query(sqlText('current_as_of.sql', { current: latest }), {
    tables: { changes: query.raw },
    params: { as_of_us: microsOfMillis(query.asOf) },
    ...deadlineOf(query),
  });
}

/** What new changes do to the latest rows: `current.schema` and, last, `_exists` boolean. See current_changes.sql. */
export function currentChanges(
  current: LakeTable,
  query: CurrentQuery & Changed & { readonly floorLsn: bigint },
): AsyncIterable<QueryBatch> {
  return query.engine.query(sqlText('current_changes.sql', placeholders(current)), {
    tables: { raw: query.raw, changed: query.changed },
    params: { floor_lsn: query.floorLsn },
    ...deadlineOf(query),
  });
}

/** See changes_survey.sql. */
export async function surveyChanges(
  current: LakeTable,
  query: Omit<CurrentQuery, 'raw'> & Changed,
): Promise<ChangesSurvey> {
  const survey = { changes: 0, truncates: 0, keys: 0, floorLsn: null as bigint | null };
  const rows = query.engine.query(sqlText('changes_survey.sql', placeholders(current)), {
    tables: { changed: query.changed },
    ...deadlineOf(query),
  });
  for await (const { columns } of rows) {
    survey.changes = Number(columns.changes?.[0]);
    survey.truncates = Number(columns.truncates?.[0]);
    survey.keys = Number(columns.keys?.[0]);
    const floor = columns.floor_lsn?.[0];
    if (typeof floor === 'bigint') survey.floorLsn = floor;
  }
  return survey;
}

function placeholders({ schema, primaryKey }: LakeTable): { readonly columns: string; readonly key: string } {
  return { columns: schema.fields.map(({ name }) => name).join(', '), key: primaryKey.join(', ') };
}

function deadlineOf({ deadline }: { readonly deadline?: AbortSignal }): { readonly deadline?: AbortSignal } {
  return deadline === undefined ? {} : { deadline };
}
