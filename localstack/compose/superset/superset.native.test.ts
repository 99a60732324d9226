import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testBuckets } from '../../../shared/adapters/s3-object-store-testing.ts';
import { SALE_STATUSES } from '../../../shared/domain/index.ts';
import type { BatchRow } from '../../../shared/lake/index.ts';
import { runningService } from '../../services/native/running-services.ts';
import { pythonVenv } from '../python-venv.fixture.ts';
import { append, openTestLake, tableNamed, unregisterAll } from '../trino/lake.fixture.ts';
import { registerTables } from '../trino/register-tables.ts';
import { trinoClient } from '../trino/trino-client.ts';

const DAY_MS = 86_400_000;
const FIRST_DAY_MS = Date.UTC(2026, 10, 20);
const STATUSES = [...SALE_STATUSES, 'pending', 'cancelled'];
const SEGMENTS = ['champions', 'loyal', 'at risk'];
const INSTALL_AND_PROVISION_MS = 900_000;

/** A lake whose every number can be told apart. */
const LAKE: Readonly<Record<string, readonly BatchRow[]>> = {
  'current/orders': rows(60, (n) => ({
    order_id: n,
    user_id: n % 11,
    total_amount: `${n}.${String(n).padStart(2, '0')}`,
    status: STATUSES[n % STATUSES.length] ?? null,
    created_at: timestamp(n),
  })),
  'raw/orders': rows(60, (n) => ({
    order_id: n,
    status: 'paid',
    _op: n % 3 === 0 ? 'u' : 'c',
    _ts: timestamp(n),
  })),
  'current/products': rows(30, (n) => ({
    product_id: n,
    name: `Product ${n}`,
    category: `Category ${n % 4}`,
  })),
  'features/product_popularity': rows(30, (n) => ({
    product_id: n,
    purchase_count: n,
    units: BigInt(n * n),
    revenue: `${n * 7}.50`,
  })),
  'features/user_rfm': rows(40, (n) => ({
    user_id: n,
    monetary: `${n}.25`,
    segment: SEGMENTS[(n * n) % SEGMENTS.length] ?? null,
  })),
  'serving/recommendations': rows(50, (n) => ({
    recommendation_id: `r${n % 10}`,
    user_id: n % 5,
    generated_at: timestamp(n),
    shelf: 'for-you',
    fallback: n % 7 === 0 ? 'popular' : null,
    source: n % 2 === 0 ? 'als' : 'popularity',
  })),
};

const SALES = SALE_STATUSES.map((status) => `'${status}'`).join(', ');
/** What each chart is to show, asked of Trino in words of our own; times as epoch milliseconds. */
const EXPECTED: Readonly<Record<string, string>> = {
  'What do we sell a day?': `SELECT to_unixtime(date_trunc('day', created_at)) * 1000 AS created_at, sum(total_amount) AS revenue
    FROM lake.current.orders WHERE status IN (${SALES}) GROUP BY 1`,
  'How does change reach the lakehouse?': `SELECT to_unixtime(date_trunc('hour', _ts)) * 1000 AS _ts, _op, count(*) AS changes
    FROM lake.raw.orders GROUP BY 1, 2`,
  'Which products sell best?': `SELECT p.name, p.category, f.units AS units_sold, f.revenue AS revenue_sold
    FROM lake.features.product_popularity f JOIN lake.current.products p USING (product_id) ORDER BY f.units DESC LIMIT 20`,
  'Who are our customers?': `SELECT segment, count(*) AS customers, sum(monetary) AS spent
    FROM lake.features.user_rfm GROUP BY segment`,
  'Where do recommendations come from?': `SELECT shelf, source, fallback, count(*) AS items,
    count(DISTINCT recommendation_id) AS answers, count(DISTINCT user_id) AS customers
    FROM lake.serving.recommendations GROUP BY 1, 2, 3`,
};

describe('Superset with the assets of docker-compose.yml', () => {
  const trino = trinoClient({ url: runningService('trino').url });
  const buckets = testBuckets(runningService('minio'));
  let home: string;
  let python: string;
  let charts: Readonly<Record<string, readonly Record<string, unknown>[]>>;

  beforeAll(async () => {
    python = join(
      await pythonVenv('superset-6.1.0', join(import.meta.dirname, 'requirements.txt')),
      'python',
    );
    home = await mkdtemp(join(tmpdir(), 'superset-'));
    const { store, location } = await openTestLake(buckets);
    for (const [path, written] of Object.entries(LAKE)) await append(store, tableNamed(path), written);
    const tables = Object.keys(LAKE);
    await registerTables({ trino, catalog: 'lake', store, location, tables });
    await run('provision.py');
    // At every start of the compose file.
    await run('provision.py');
    charts = JSON.parse((await run('read_charts.py')).trim().split('\n').at(-1) ?? '');
  }, INSTALL_AND_PROVISION_MS);

  afterAll(async () => {
    await unregisterAll(trino);
    await buckets.remove();
    await rm(home, { recursive: true, force: true });
  });

  it('has each chart once, however often it is provisioned', () => {
    expect(Object.keys(charts).sort()).toEqual(Object.keys(EXPECTED).sort());
  });

  it.each(Object.entries(EXPECTED))('%s shows what SQL says', async (title, sql) => {
    const { columns, rows } = await trino.query(sql);
    const expected = rows.map((row) => columns.map(({ name }, index) => [name, comparable(row[index])]));
    const shown = (charts[title] ?? []).map((row) =>
      columns.map(({ name }) => [name, comparable(row[name])]),
    );
    expect(expected.length).toBeGreaterThan(1);
    expect(sorted(shown)).toEqual(sorted(expected));
  });

  async function run(script: string): Promise<string> {
    const { stdout } = await promisify(execFile)(python, [join(import.meta.dirname, script)], {
      maxBuffer: 64 * 1024 * 1024,
      env: {
        PATH: process.env.PATH,
        HOME: home,
        SUPERSET_CONFIG_PATH: join(import.meta.dirname, 'superset_config.py'),
        SUPERSET_HOME: home,
        SUPERSET_SECRET_KEY: 'of-a-test-of-one-machine-0123456789',
        SUPERSET_ADMIN_PASSWORD: 'of-a-test',
        SUPERSET_TRINO_URI: `trino://superset@${new URL(runningService('trino').url).host}/lake`,
        PYTHONDONTWRITEBYTECODE: '1',
      },
    });
    return stdout;
  }
});

function rows(count: number, row: (n: number) => BatchRow): BatchRow[] {
  return Array.from({ length: count }, (_, index) => row(index + 1));
}

function timestamp(n: number): bigint {
  return BigInt(FIRST_DAY_MS + (n % 4) * DAY_MS + n * 613_000) * 1000n;
}

/** Superset gives exact numbers as floating point ones; none here is beyond them. */
function comparable(value: unknown): unknown {
  return typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
}

const sorted = (entries: readonly unknown[]) => entries.map((entry) => JSON.stringify(entry)).sort();
