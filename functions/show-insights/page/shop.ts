import type { EpochMillis } from '../../../shared/domain/index.ts';
import type { AsOf } from '../read-models/lake-reader.ts';
import type { RecommendationCounts, Share } from '../read-models/recommendations.ts';
import type { DailyRevenue, RevenuePoint } from '../read-models/revenue.ts';
import type { RfmDistribution } from '../read-models/rfm.ts';
import type { TopProducts } from '../read-models/top-products.ts';
import { columnChart, rowBar } from './charts.ts';
import { ago, amount, approximate, ordersText, percent, shortDay, whole } from './format.ts';
import { type Html, html } from './html.ts';

/** The cards about the shop: what it sells, to whom, and what is recommended. */
export function revenueSection({ days, asOf }: DailyRevenue, now: EpochMillis): Html {
  const [first, last] = [days[0], days.at(-1)];
  const today = new Date(now).toISOString().slice(0, 10);
  const head = heading(
    'revenue',
    'Revenue per day',
    'sales by day of order, UTC; a pale day is not over',
    'v1/insights/revenue?format=csv',
  );
  if (!first || !last)
    return html`${head}${empty('No sale is in the lake yet. It appears with the next run of the pipeline.')}`;
  const chart = columnChart(
    days.map(({ start, revenue, orders }) => ({
      label: shortDay(start),
      value: approximate(revenue),
      tip: `${start}: ${amount(revenue)}, ${ordersText(orders)}`,
      partial: start === today,
    })),
    { title: `Revenue per day from ${first.start} to ${last.start}`, labels: 8 },
  );
  return html`${head}${chart}${pointsTable('Day', days)}${freshness(asOf, now)}`;
}

export function hourSection(minutes: readonly RevenuePoint[]): Html {
  const head = heading(
    'hour',
    'Revenue per minute',
    'last 60 minutes, live, UTC; the pale minute is not over',
    'v1/insights/revenue?format=csv&grain=minute',
  );
  if (minutes.every(({ orders }) => orders === 0)) {
    return html`${head}${empty('No order was placed in the last 60 minutes.')}`;
  }
  const chart = columnChart(
    minutes.map(({ start, revenue, orders }, index) => ({
      label: start.slice(11, 16),
      value: approximate(revenue),
      tip: `${start.slice(11, 16)} UTC: ${amount(revenue)}, ${ordersText(orders)}`,
      partial: index === minutes.length - 1,
    })),
    { title: 'Revenue per minute of the last 60 minutes', labels: 7 },
  );
  const busy = minutes.filter(({ orders }) => orders > 0);
  return html`${head}${chart}${pointsTable('Minute', busy)}`;
}

export function topProductsSection({ products, asOf }: TopProducts, now: EpochMillis): Html {
  const head = heading(
    'top-products',
    'Best sellers',
    'revenue of all time',
    'v1/insights/top-products?format=csv',
  );
  const most = Math.max(...products.map(({ revenue }) => approximate(revenue)));
  if (products.length === 0) return html`${head}${empty('No product has been sold yet.')}`;
  return html`${head}<table><caption class="visually-hidden">Products with the highest revenue</caption>
<thead><tr><th scope="col">Product</th><th scope="col" class="number">Units</th><th scope="col" class="number">Revenue</th></tr></thead>
<tbody>${products.map(
    (product) =>
      html`<tr><th scope="row"><span class="name">${product.name}</span> <span class="muted">${product.category}</span>${rowBar(approximate(product.revenue) / most)}</th><td class="number">${whole(product.units)}</td><td class="number">${amount(product.revenue)}</td></tr>`,
  )}</tbody></table>${freshness(asOf, now)}`;
}

export function segmentsSection({ segments, customers, asOf }: RfmDistribution, now: EpochMillis): Html {
  const head = heading(
    'segments',
    'Customer segments',
    `RFM, ${whole(customers)} customers with orders`,
    'v1/insights/rfm?format=csv',
  );
  if (segments.length === 0) return html`${head}${empty('No customer has been scored yet.')}`;
  const most = Math.max(...segments.map((segment) => segment.customers));
  return html`${head}<table><caption class="visually-hidden">Customers by RFM segment</caption>
<thead><tr><th scope="col">Segment</th><th scope="col" class="number">Customers</th><th scope="col" class="number">Last order</th><th scope="col" class="number">Revenue</th></tr></thead>
<tbody>${segments.map(
    (row) =>
      html`<tr><th scope="row">${row.segment}${rowBar(row.customers / most, 2)}</th><td class="number">${whole(row.customers)} <span class="muted">${percent(row.customers / customers)}</span></td><td class="number">${whole(row.recencyDays)} d</td><td class="number">${amount(row.revenue)}</td></tr>`,
  )}</tbody></table>${freshness(asOf, now)}`;
}

export function recommendationsSection(counts: RecommendationCounts): Html {
  const head = heading(
    'recommendations',
    'Recommendations',
    'answers to customers',
    'v1/insights/recommendations?format=csv',
  );
  if (counts.total === 0) return html`${head}${empty('No recommendation has been asked for yet.')}`;
  return html`${head}<dl class="pairs"><div><dt>Today</dt><dd>${whole(counts.today)}</dd></div><div><dt>Customers today</dt><dd>${whole(counts.customersToday)}</dd></div><div><dt>In all</dt><dd>${whole(counts.total)}</dd></div><div><dt>Fallback</dt><dd>${percent(counts.fallbackShare ?? 0)}</dd></div></dl>
${shareTable('Shelf', 'Answers', counts.byShelf, 1)}
${shareTable('Source', 'Items', counts.bySource, 3)}`;
}

export function heading(id: string, title: string, unit: string, csv: string | null): Html {
  return html`<div class="heading"><div><h2 id="${id}-title">${title}</h2><p class="unit">${unit}</p></div>${csv !== null && html`<a class="csv" href="${csv}" download>CSV</a>`}</div>`;
}

export function empty(message: string): Html {
  return html`<p class="empty">${message}</p>`;
}

function freshness({ version, committedAt }: AsOf, now: EpochMillis): Html {
  if (version === null || committedAt === null) return html``;
  return html`<p class="freshness">Lake version ${version}, ${ago(committedAt, now)}</p>`;
}

function shareTable(title: string, unit: string, shares: readonly Share[], series: number): Html {
  const total = shares.reduce((sum, { count }) => sum + count, 0);
  return html`<table><caption class="visually-hidden">${unit} by ${title.toLowerCase()}</caption><thead><tr><th scope="col">${title}</th><th scope="col" class="number">${unit}</th><th scope="col" class="number">Share</th></tr></thead><tbody>${shares.map(
    ({ name, count }) =>
      html`<tr><th scope="row">${name}${rowBar(count / total, series)}</th><td class="number">${whole(count)}</td><td class="number">${percent(count / total)}</td></tr>`,
  )}</tbody></table>`;
}

function pointsTable(unit: string, points: readonly RevenuePoint[]): Html {
  return html`<details><summary>Show as table</summary><div class="scroll" tabindex="0"><table><thead><tr><th scope="col">${unit} (UTC)</th><th scope="col" class="number">Orders</th><th scope="col" class="number">Revenue</th></tr></thead><tbody>${points
    .toReversed()
    .map(
      ({ start, revenue, orders }) =>
        html`<tr><th scope="row">${start.replace('T', ' ').replace('Z', '')}</th><td class="number">${whole(orders)}</td><td class="number">${amount(revenue)}</td></tr>`,
    )}</tbody></table></div></details>`;
}
