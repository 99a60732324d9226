import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { SALE_STATUSES } from '../../../shared/domain/index.ts';
import { LAKE_TABLES } from '../../../shared/tables/index.ts';

interface Dataset {
  readonly table_name: string;
  readonly schema: string;
  readonly sql?: string;
  readonly columns: readonly { readonly column_name: string }[];
  readonly metrics: readonly { readonly metric_name: string }[];
  readonly uuid: string;
  readonly database_uuid: string;
}
interface Chart {
  readonly slice_name: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly query_context: string;
  readonly uuid: string;
  readonly dataset_uuid: string;
}
interface QueryContext {
  readonly form_data: unknown;
  readonly queries: readonly {
    readonly metrics: readonly string[];
    readonly columns: readonly (string | { readonly sqlExpression: string })[];
  }[];
}

const databases = assets<{ uuid: string }>('databases');
const datasets = assets<Dataset>('datasets');
const charts = assets<Chart>('charts');
const dashboards = assets<{
  position: Record<string, { type?: string; meta?: { uuid?: string; sliceName?: string } }>;
}>('dashboards');

describe('the assets of Superset', () => {
  it.each(datasets)('$uuid ($table_name) has columns that its tables have', (dataset) => {
    expect(databases.map(({ uuid }) => uuid)).toContain(dataset.database_uuid);
    const paths =
      dataset.sql === undefined
        ? [`${dataset.schema}/${dataset.table_name}`]
        : [...dataset.sql.matchAll(/\b(?:FROM|JOIN) (\w+)\.(\w+)/g)].map(
            ([, schema, table]) => `${schema}/${table}`,
          );
    const columns = paths.flatMap((path) => {
      const table = LAKE_TABLES.find(({ name }) => name === path);
      expect(table, path).toBeDefined();
      return table?.schema.fields.map(({ name }) => name) ?? [];
    });
    expect(columns).toEqual(expect.arrayContaining(dataset.columns.map(({ column_name }) => column_name)));
  });

  it.each(charts)('$slice_name asks its dataset for columns and metrics that it has', (chart) => {
    const dataset = datasets.find(({ uuid }) => uuid === chart.dataset_uuid);
    const metrics = dataset?.metrics.map(({ metric_name }) => metric_name);
    const columns = dataset?.columns.map(({ column_name }) => column_name);
    const { form_data, queries } = JSON.parse(chart.query_context) as QueryContext;
    expect(form_data).toEqual(chart.params);
    for (const query of queries) {
      expect(metrics).toEqual(expect.arrayContaining([...query.metrics]));
      const asked = query.columns.map((column) =>
        typeof column === 'string' ? column : column.sqlExpression,
      );
      expect(columns).toEqual(expect.arrayContaining(asked));
    }
  });

  it('counts as revenue what the platform counts as sales', () => {
    const revenue = charts.find(({ slice_name }) => slice_name === 'What do we sell a day?');
    expect(JSON.parse(revenue?.query_context ?? '{}')).toMatchObject({
      queries: [{ filters: [{ col: 'status', op: 'IN', val: SALE_STATUSES }] }],
      form_data: { adhoc_filters: [{ subject: 'status', comparator: SALE_STATUSES }] },
    });
  });

  it('shows every chart on the dashboard, each by its title', () => {
    const shown = Object.values(dashboards[0]?.position ?? {}).filter(({ type }) => type === 'CHART');
    expect(shown.map(({ meta }) => [meta?.uuid, meta?.sliceName]).sort()).toEqual(
      charts.map(({ uuid, slice_name }) => [uuid, slice_name]).sort(),
    );
  });
});

function assets<T>(kind: string): T[] {
  const folder = join(import.meta.dirname, 'assets', kind);
  return readdirSync(folder).map((file) => parse(readFileSync(join(folder, file), 'utf8')) as T);
}
