import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openQueryFixture, type QueryFixture } from '../../shared/adapters/duckdb-query-fixture.ts';
import { openLmdbEventLog } from '../../shared/adapters/lmdb-event-log.ts';
import { openLmdbOnlineStore } from '../../shared/adapters/lmdb-online-store.ts';
import { createMemoryControlTable } from '../../shared/control/memory-control-table.ts';
import { epochMillis } from '../../shared/domain/index.ts';
import type { EventLog } from '../../shared/kafka/index.ts';
import type { OnlineStore } from '../../shared/online/index.ts';
import { changeTopic } from '../../shared/tables/index.ts';
import { createLakeReader } from './read-models/lake-reader.ts';
import type { InsightPorts } from './read-models/overview.ts';
import { consumerGroup } from './read-models/pipeline.ts';
import { createSampleTopics, HOSTILE_NAME, writeSample } from './sample-insights.ts';
import { showInsights } from './show-insights.ts';

const NOW = epochMillis(Date.UTC(2026, 10, 23, 14, 37, 12));

describe('show-insights', () => {
  let folder: string;
  let fixture: QueryFixture;
  let onlineStore: OnlineStore;
  let eventLog: EventLog;
  let ports: InsightPorts;
  let emptyPage: string;

  const get = (path: string, query: Record<string, string> = {}, from: InsightPorts = ports) => {
    const view = path.split('/')[3];
    return showInsights(
      { path, pathParameters: view === undefined ? {} : { view }, query },
      async () => from,
    );
  };
  const insight = async (view: string) => (await get(`/v1/insights/${view}`)).body;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'insights '));
    fixture = await openQueryFixture();
    onlineStore = openLmdbOnlineStore({ path: join(folder, 'online') });
    eventLog = await openLmdbEventLog({ path: join(folder, 'log') });
    const controlTable = createMemoryControlTable();
    const { lakeTable, objectStore, engine } = fixture;
    const now = () => NOW;
    const lake = createLakeReader(
      { lakeTable, objectStore, queryEngine: async () => engine, now },
      { maxAgeMs: 0 },
    );
    ports = { lake, onlineStore, eventLog, controlTable, now };
    await createSampleTopics(eventLog);
    emptyPage = String((await get('/')).body);
    await writeSample({ lakeTable, onlineStore, eventLog, controlTable }, NOW);
  });
  afterAll(async () => {
    await onlineStore.close();
    await eventLog.close();
    await fixture.dispose();
    await rm(folder, { recursive: true });
  });

  it('answers revenue per day without cancelled orders, gaps filled, and per minute', async () => {
    const body = (await get('/v1/insights/revenue', { days: '3' })).body as {
      days: { start: string; revenue: string; orders: number }[];
      minutes: { start: string; revenue: string; orders: number }[];
    };
    expect(body.days.map((day) => day.start)).toEqual(['2026-11-21', '2026-11-22', '2026-11-23']);
    // Today: 4 orders of 20.40, 33.40, 46.40 and 59.40; the day before 49, of which 7 are cancelled.
    expect(body.days.at(-1)).toEqual({ start: '2026-11-23', revenue: '159.60', orders: 4 });
    expect(body.days[1]?.orders).toBe(42);
    expect(body.minutes).toHaveLength(60);
    // Both partitions of the newest minute: 24.90 each.
    expect(body.minutes.at(-1)).toEqual({ start: '2026-11-23T14:37Z', revenue: '49.80', orders: 2 });
  });

  it('answers the best sellers, also those that the shop deleted', async () => {
    const { products } = (await insight('top-products')) as { products: unknown[] };
    expect(products).toHaveLength(8);
    expect(products[0]).toEqual({
      productId: 1,
      name: HOSTILE_NAME,
      category: 'Home',
      revenue: '18250.50',
      units: 500,
      orders: 400,
      orders28d: 40,
    });
    expect(products[7]).toMatchObject({ productId: 8, name: 'product 8', category: '' });
  });

  it('answers how customers spread over the segments', async () => {
    const body = (await insight('rfm')) as { customers: number; segments: unknown[] };
    expect(body.customers).toBe(335);
    expect(body.segments[0]).toEqual({
      segment: 'Loyal',
      customers: 64,
      revenue: '20496.00',
      recencyDays: 16,
      orders: 8,
    });
  });

  it('shows runs, alerts and lag beside a table that cannot be read', async () => {
    const lake: InsightPorts['lake'] = {
      ...ports.lake,
      snapshot: async (table) => {
        if (table.name === 'raw/users') throw new Error('line 1 of its log is no JSON');
        return ports.lake.snapshot(table);
      },
    };
    const whole = (await insight('pipeline')) as { tables: { table: string }[]; alerts: unknown[] };
    const { body } = await get('/v1/insights/pipeline', {}, { ...ports, lake });
    expect(whole.alerts.length).toBeGreaterThan(0);
    expect(body).toEqual({
      ...whole,
      tables: whole.tables.map((state) =>
        state.table === 'raw/users'
          ? {
              table: 'raw/users',
              version: null,
              committedAt: null,
              rows: null,
              problem: 'line 1 of its log is no JSON',
            }
          : state,
      ),
    });
    expect(String((await get('/', {}, { ...ports, lake })).body)).toContain(
      '<code>raw/users</code></th><td colspan="3">Could not be read: line 1 of its log is no JSON',
    );
  });

  it('counts recommendations by answer, and their sources by item', async () => {
    expect(await insight('recommendations')).toMatchObject({
      total: 60,
      today: 40,
      customersToday: 20,
      fallbackShare: 10 / 60,
      byShelf: [
        { name: 'for-you', count: 45 },
        { name: 'discover', count: 15 },
      ],
      bySource: [
        { name: 'popular', count: 60 },
        { name: 'als', count: 30 },
        { name: 'personal', count: 30 },
      ],
    });
  });

  it('answers what each stage has still to read, the runs and the live model', async () => {
    expect(await insight('pipeline')).toMatchObject({
      stages: [
        { stage: 'ingest-changes', waiting: 7, records: 7 },
        { stage: 'update-online-state', waiting: 7 },
        { stage: 'aggregate-revenue', waiting: 7 },
        { stage: 'ingest-recommendations', waiting: 0, records: 0 },
      ],
      runs: [
        { run: { status: 'failed' }, jobs: [{}, {}, { job: 'train-model', status: 'failed' }] },
        { run: { status: 'succeeded' } },
        {},
        {},
      ],
      live: { pointer: { version: 'm-2', previous: ['m-1'] }, model: { metrics: { ndcgAt10: 0.371 } } },
    });
  });

  it('counts as waiting what the consumer group of a stage has not committed', async () => {
    const topic = changeTopic('orders');
    const group = consumerGroup('aggregate-revenue', topic);
    const consumer = await eventLog.subscribe({
      groupId: group,
      topic,
      startingPosition: { type: 'TRIM_HORIZON' },
      maxBytes: 1_000_000,
      deliver: async (records, { partition, commit }) => {
        await commit(records.at(-1)!.offset + (partition === 0 ? 0 : 1));
      },
      onError: () => {},
    });
    await vi.waitFor(async () => {
      const positions = await eventLog.positions(topic, group);
      const uncommitted = positions.map(
        ({ latest, earliest, committed }) => latest - (committed ?? earliest),
      );
      expect(uncommitted).toEqual(positions.map(({ partition }) => (partition === 0 ? 1 : 0)));
    });
    await consumer.stop();
    const { stages } = (await insight('pipeline')) as { stages: { stage: string; waiting: number }[] };
    expect(stages.find(({ stage }) => stage === 'aggregate-revenue')?.waiting).toBe(1);
    expect(stages.find(({ stage }) => stage === 'update-online-state')?.waiting).toBe(7);
  });

  it('answers every view as CSV that no spreadsheet runs', async () => {
    const reply = await get('/v1/insights/top-products', { format: 'csv', n: '2' });
    expect(reply.headers?.['content-disposition']).toBe('attachment; filename="top-products.csv"');
    expect(reply.body).toBe(
      'product_id,name,category,revenue,units,orders,orders_28d\r\n' +
        `1,"'=cmd|""<img src=x onerror=alert(1)>""",Home,18250.50,500,400,40\r\n` +
        '2,Noise-cancelling headphones,Electronics,16133.50,459,360,36\r\n',
    );
    const lines: Record<string, number> = {};
    for (const view of ['revenue', 'rfm', 'recommendations', 'pipeline']) {
      const csv = String((await get(`/v1/insights/${view}`, { format: 'csv' })).body);
      lines[view] = csv.split('\r\n').length - 2;
    }
    expect(lines).toEqual({ revenue: 30, rfm: 8, recommendations: 9, pipeline: 12 });
    const minutes = String((await get('/v1/insights/revenue', { format: 'csv', grain: 'minute' })).body);
    expect(minutes).toMatch(/^minute_utc,revenue,orders\r\n2026-11-23T13:38Z,/);
  });

  it('shows a page whose policy allows nothing but its own script and style, and that has none inline', async () => {
    const { body, headers } = await get('/');
    const page = String(body);
    expect(headers?.['content-security-policy']).toMatch(
      /^default-src 'none'; script-src 'self'; style-src 'self';/,
    );
    expect(headers?.['content-security-policy']).not.toContain('unsafe');
    expect(page).not.toMatch(/<[^>]*\s(style|on\w+)=|<style|javascript:/i);
    // Relative, for a gateway may answer below a path of its own.
    const linked = [...page.matchAll(/(?:src|href)="(assets\/[^"]+)"/g)].map((match) => match[1]!);
    expect(linked).toEqual(['assets/dashboard.css', 'assets/dashboard.js']);
    for (const asset of linked) expect((await get(`/${asset}`)).status).toBe(200);
    expect(page).not.toMatch(/(src|href)="\//);
    expect(page).not.toMatch(/(src|href)="(https?:)?\/\//);
  });

  it('is live while its stores are away', async () => {
    const away = async () => {
      throw new Error('no store may be asked');
    };
    const live = { path: '/health/live', pathParameters: {}, query: {} };
    expect((await showInsights(live, away)).status).toBe(200);
    await expect(showInsights({ ...live, path: '/health/ready' }, away)).rejects.toThrow('no store');
  });

  it('shows the figures without any script, and hostile names as text', async () => {
    const page = String((await get('/')).body);
    expect(page).toContain('=cmd|&quot;&lt;img src=x onerror=alert(1)&gt;&quot;');
    expect(page).not.toContain('<img');
    for (const figure of [
      '18,250.50',
      '20,496.00',
      'NDCG@10',
      '0.371',
      '2026-11-22: ',
      '14:37 UTC: 49.80, 2 orders',
    ]) {
      expect(page).toContain(figure);
    }
  });

  it('says at the top, in plain words, what failed, when and why', async () => {
    const page = String((await get('/')).body);
    const top = page.slice(page.indexOf('<main'), page.indexOf('class="figures"'));
    expect(top).toContain('The job train-model failed 4 min ago');
    expect(top).toContain('2026-11-23 14:33:33 UTC, after 1 attempt');
    expect(top).toContain('train-model failed: model m-3 lost against m-2 &lt;b&gt;');
    expect(top).toContain('A record could not be processed in the last 24 hours.');
  });

  it('says what will come where there is nothing yet', () => {
    expect(emptyPage).not.toContain('class="problem"');
    for (const message of [
      'No sale is in the lake yet.',
      'No order was placed in the last 60 minutes.',
      'No product has been sold yet.',
      'No customer has been scored yet.',
      'No recommendation has been asked for yet.',
      'No model is live.',
      'The pipeline has not run yet.',
    ]) {
      expect(emptyPage).toContain(message);
    }
    expect(emptyPage).not.toMatch(/NaN|undefined|Infinity|null/);
  });

  it('shows the rest of the page when one source is broken, and is not ready', async () => {
    const broken: InsightPorts = {
      ...ports,
      onlineStore: { read: () => Promise.reject(new Error('online store <is> gone')) },
    };
    const page = String((await get('/', {}, broken)).body);
    expect(page).toContain('Could not be read: online store &lt;is&gt; gone');
    expect(page).toContain('18,250.50');
    await expect(get('/health/ready', {}, broken)).rejects.toMatchObject({
      code: 'not_ready',
      message: 'online store: online store <is> gone',
    });
    expect((await get('/health/ready')).body).toMatchObject({ status: 'ready' });
    expect((await get('/health/live', {}, broken)).body).toEqual({ status: 'live' });
  });

  it.each(['/assets/other.js', '/assets/../handler.ts', '/v2'])('knows no %s', async (path) => {
    await expect(get(path)).rejects.toMatchObject({ code: 'not_found' });
  });
});
