import { centsOf, moneyOfCents } from '../../../shared/domain/index.ts';
import type { Overview, Part } from '../read-models/overview.ts';
import {
  amount,
  clockTime,
  compact,
  duration,
  ordersText,
  percent,
  shortDay,
  utcTime,
  whole,
} from './format.ts';
import { type Html, html } from './html.ts';
import { modelSection, pipelineSection, problemBanner, stagesSection, tablesSection } from './operations.ts';
import {
  hourSection,
  recommendationsSection,
  revenueSection,
  segmentsSection,
  topProductsSection,
} from './shop.ts';

/** The whole dashboard as a document that shows every figure without any script. */
export function renderPage(overview: Overview): string {
  const { now, daily, minutes, top, rfm, recommendations, pipeline } = overview;
  const sections: readonly [id: string, classes: string, body: Html][] = [
    ['revenue', '', whenRead(daily, 'Revenue per day', (value) => revenueSection(value, now))],
    ['hour', '', whenRead(minutes, 'Revenue per minute', hourSection)],
    ['top-products', '', whenRead(top, 'Best sellers', (value) => topProductsSection(value, now))],
    ['segments', '', whenRead(rfm, 'Customer segments', (value) => segmentsSection(value, now))],
    ['recommendations', '', whenRead(recommendations, 'Recommendations', recommendationsSection)],
    ['model', '', whenRead(pipeline, 'Live model', (value) => modelSection(value, now))],
    ['runs', '', whenRead(pipeline, 'Pipeline', (value) => pipelineSection(value, now))],
    ['stages', '', whenRead(pipeline, 'Lag of each stage', stagesSection)],
    ['tables', 'wide', whenRead(pipeline, 'Lake tables', (value) => tablesSection(value, now))],
  ];
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Customer insight</title>
<link rel="stylesheet" href="assets/dashboard.css">
<link rel="icon" href="data:,">
<script type="module" src="assets/dashboard.js"></script>
</head>
<body>
<a class="skip" href="#main">Skip to the figures</a>
<header>
<div class="brand"><svg class="logo" viewBox="0 0 24 24" aria-hidden="true"><rect x="2" y="13" width="5" height="9" rx="1.5"/><rect x="9.5" y="8" width="5" height="14" rx="1.5"/><rect x="17" y="2" width="5" height="20" rx="1.5"/></svg><h1>Customer insight</h1></div>
<p id="freshness" data-part="freshness" role="status">As of <time datetime="${new Date(now).toISOString()}">${clockTime(now)} UTC</time></p>
<button id="theme" type="button" aria-label="Switch between light and dark"><svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 3a9 9 0 1 0 9 9 7 7 0 0 1-9-9z"/></svg></button>
</header>
<main id="main">
<div data-part="problems">${pipeline.state === 'read' && problemBanner(pipeline.value, now)}</div>
<section class="figures" data-part="figures" aria-label="Key figures">${keyFigures(overview)}</section>
<div class="cards">
${sections.map(
  ([id, classes, body]) =>
    html`<section class="${`card ${classes}`.trim()}" data-part="${id}" aria-labelledby="${id}-title">${body}</section>\n`,
)}</div>
</main>
<footer>All times are UTC. Amounts are in the shop's currency. Data: <a href="v1/insights/revenue">JSON</a>, <a href="v1/insights/revenue?format=csv">CSV</a>.</footer>
</body>
</html>
`.text;
}

function whenRead<T>(part: Part<T>, title: string, render: (value: T) => Html): Html {
  if (part.state === 'read') return render(part.value);
  return html`<h2>${title}</h2><p class="unreadable" role="alert">Could not be read: ${part.reason}</p>`;
}

function keyFigures({ daily, minutes, recommendations, pipeline, now }: Overview): readonly Html[] {
  const unknown = '–';
  const hour = minutes.state === 'read' ? minutes.value : null;
  const days = daily.state === 'read' ? daily.value.days : null;
  const last = days?.at(-1);
  const sum = (points: readonly { revenue: Parameters<typeof centsOf>[0] }[]) =>
    amount(moneyOfCents(points.reduce((total, { revenue }) => total + centsOf(revenue), 0n)));
  const count = (points: readonly { orders: number }[]) =>
    points.reduce((total, { orders }) => total + orders, 0);
  const served = recommendations.state === 'read' ? recommendations.value : null;
  const stages = pipeline.state === 'read' ? pipeline.value.stages : null;
  const live = pipeline.state === 'read' ? pipeline.value.live : null;
  return [
    figure('Revenue, last 60 minutes', hour ? sum(hour) : unknown, hour ? ordersText(count(hour)) : ''),
    figure(
      last ? `Revenue, ${days?.length} days to ${shortDay(last.start)}` : 'Revenue per day',
      days && days.length > 0 ? sum(days) : unknown,
      days && days.length > 0 ? ordersText(count(days)) : 'no orders in the lake yet',
    ),
    figure(
      'Recommendations today',
      served ? whole(served.today) : unknown,
      served
        ? `${compact(served.total)} in all, ${served.fallbackShare === null ? 'no' : percent(served.fallbackShare)} fallback`
        : '',
    ),
    figure(
      'Records waiting',
      stages ? whole(stages.reduce((total, { waiting }) => total + waiting, 0)) : unknown,
      'in all stages of the stream',
    ),
    figure(
      'Age of the live model',
      live ? duration(Math.max(0, now - live.pointer.promotedAt)) : 'none',
      live ? `since ${utcTime(live.pointer.promotedAt).slice(0, 16)}` : 'popular products are recommended',
    ),
  ];
}

function figure(label: string, value: string, note: string): Html {
  return html`<div class="figure"><h2>${label}</h2><p class="value">${value}</p><p class="note">${note}</p></div>`;
}
