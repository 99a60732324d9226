import type { Sheet } from './csv.ts';
import type { PipelineState } from './read-models/pipeline.ts';
import type { RecommendationCounts } from './read-models/recommendations.ts';
import type { RevenuePoint } from './read-models/revenue.ts';
import type { RfmDistribution } from './read-models/rfm.ts';
import type { TopProducts } from './read-models/top-products.ts';

/** The read models as flat tables. */
export function revenueSheet(grain: 'day' | 'minute', points: readonly RevenuePoint[]): Sheet {
  return {
    columns: [`${grain}_utc`, 'revenue', 'orders'],
    rows: points.map(({ start, revenue, orders }) => [start, revenue, orders]),
  };
}

export function topProductsSheet({ products }: TopProducts): Sheet {
  return {
    columns: ['product_id', 'name', 'category', 'revenue', 'units', 'orders', 'orders_28d'],
    rows: products.map((product) => [
      product.productId,
      product.name,
      product.category,
      product.revenue,
      product.units,
      product.orders,
      product.orders28d,
    ]),
  };
}

export function rfmSheet({ segments }: RfmDistribution): Sheet {
  return {
    columns: ['segment', 'customers', 'revenue', 'mean_recency_days', 'mean_orders'],
    rows: segments.map((row) => [row.segment, row.customers, row.revenue, row.recencyDays, row.orders]),
  };
}

export function recommendationsSheet(counts: RecommendationCounts): Sheet {
  return {
    columns: ['figure', 'name', 'value'],
    rows: [
      ['answers', 'total', counts.total],
      ['answers', 'today_utc', counts.today],
      ['customers', 'today_utc', counts.customersToday],
      ['fallback_share', '', counts.fallbackShare],
      ...counts.byShelf.map(({ name, count }) => ['answers_by_shelf', name, count]),
      ...counts.bySource.map(({ name, count }) => ['items_by_source', name, count]),
    ],
  };
}

/** One row per job of each run. */
export function pipelineSheet({ runs }: PipelineState): Sheet {
  const time = (at: number | null) => (at === null ? null : new Date(at).toISOString());
  return {
    columns: ['run_id', 'run_status', 'job', 'job_status', 'attempts', 'started_at', 'finished_at', 'error'],
    rows: runs.flatMap(({ run, jobs }) =>
      jobs.map((job) => [
        run.runId,
        run.status,
        job.job,
        job.status,
        job.attempts,
        time(job.startedAt),
        time(job.finishedAt),
        job.error,
      ]),
    ),
  };
}
