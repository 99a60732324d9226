import { PlatformError } from '../../shared/errors.ts';
import { type Sheet, toCsv } from './csv.ts';
import { readiness } from './health.ts';
import { renderPage } from './page/page.ts';
import { SCRIPT } from './page/script.ts';
import { STYLESHEET } from './page/stylesheet.ts';
import { type InsightPorts, lastHour, overview } from './read-models/overview.ts';
import { pipelineState } from './read-models/pipeline.ts';
import { recommendationCounts } from './read-models/recommendations.ts';
import { dailyRevenue } from './read-models/revenue.ts';
import { rfmDistribution } from './read-models/rfm.ts';
import { topProducts } from './read-models/top-products.ts';
import { type InsightRequest, parseInsightRequest, type View } from './request.ts';
import { pipelineSheet, recommendationsSheet, revenueSheet, rfmSheet, topProductsSheet } from './sheets.ts';

export interface InsightsRequest {
  readonly path: string;
  readonly pathParameters: Readonly<Record<string, string | undefined>>;
  readonly query: Readonly<Record<string, string | undefined>>;
}

export interface InsightsReply {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * The dashboard, its two assets, the read models behind it, and health.
 * @param openPorts not called for what needs no store: a function is live while its stores are away
 * @throws not_found, invalid_request, not_ready
 */
export async function showInsights(
  request: InsightsRequest,
  openPorts: () => Promise<InsightPorts>,
): Promise<InsightsReply> {
  const { path, pathParameters, query } = request;
  const asset = ASSETS[path];
  if (asset !== undefined) return { status: 200, body: asset.body, headers: asset.headers };
  if (path === '/health/live') return { status: 200, body: { status: 'live' } };
  const ports = await openPorts();
  if (path === '/') return page(renderPage(await overview(ports)));
  if (path === '/health/ready') return { status: 200, body: await readiness(ports) };
  if (path.startsWith('/v1/insights/'))
    return insight(parseInsightRequest(pathParameters.view, query), ports);
  throw new PlatformError('not_found', `there is no ${path}`);
}

/** Nothing but the page's own stylesheet, script and data; https://www.w3.org/TR/CSP3/ */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const ASSETS: Readonly<Record<string, { body: string; headers: Record<string, string> }>> = {
  '/assets/dashboard.js': { body: SCRIPT, headers: { 'content-type': 'text/javascript; charset=utf-8' } },
  '/assets/dashboard.css': { body: STYLESHEET, headers: { 'content-type': 'text/css; charset=utf-8' } },
};

/** One read of a read model: as it is for JSON, and flat for CSV. */
interface Reading {
  readonly json: object;
  readonly sheet: Sheet;
}

const READERS: Readonly<Record<View, (request: InsightRequest, ports: InsightPorts) => Promise<Reading>>> = {
  revenue: async ({ days, grain, format }, ports) => {
    if (format === 'csv' && grain === 'minute') {
      const minutes = await lastHour(ports);
      return { json: { minutes }, sheet: revenueSheet('minute', minutes) };
    }
    const [daily, minutes] = await Promise.all([dailyRevenue(ports.lake, days), lastHour(ports)]);
    return { json: { ...daily, minutes }, sheet: revenueSheet('day', daily.days) };
  },
  'top-products': async ({ n }, { lake }) => {
    const json = await topProducts(lake, n);
    return { json, sheet: topProductsSheet(json) };
  },
  rfm: async (_, { lake }) => {
    const json = await rfmDistribution(lake);
    return { json, sheet: rfmSheet(json) };
  },
  recommendations: async (_, { lake, now }) => {
    const json = await recommendationCounts(lake, now());
    return { json, sheet: recommendationsSheet(json) };
  },
  pipeline: async (_, ports) => {
    const json = await pipelineState(ports);
    return { json, sheet: pipelineSheet(json) };
  },
};

async function insight(request: InsightRequest, ports: InsightPorts): Promise<InsightsReply> {
  const { json, sheet } = await READERS[request.view](request, ports);
  if (request.format === 'json') return { status: 200, body: json };
  return {
    status: 200,
    body: toCsv(sheet),
    headers: {
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': `attachment; filename="${request.view}.csv"`,
    },
  };
}

function page(body: string): InsightsReply {
  return {
    status: 200,
    body,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': CONTENT_SECURITY_POLICY,
      'x-frame-options': 'DENY',
    },
  };
}
