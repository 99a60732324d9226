/** Replays what a real Debezium was shown and compares its records with ours, key for key. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { NewRecord } from '../../../../shared/kafka/index.ts';
import { freePort } from '../../free-port.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../postgres/index.ts';
import { type ChangeCapture, startChangeCapture } from './change-capture.ts';
import { MemorySink } from './memory-sink.fixture.ts';

const GOLDEN = fileURLToPath(new URL('../../../../../shared/data/debezium-golden', import.meta.url));

interface Step {
  readonly step: string;
  readonly sql: readonly { readonly text: string; readonly values?: unknown[] }[];
  readonly events: number;
}

interface GoldenRecord {
  readonly topic: string;
  readonly headers: Record<string, string>;
  readonly keyRaw: string | null;
  readonly valueRaw: string | null;
}

if (existsSync(GOLDEN)) {
  describe('records are those of Debezium', () => compareWithGolden());
} else {
  it('cannot compare with Debezium: ../shared/data/debezium-golden is not beside the checkout', () => {
    console.warn(`golden records are absent: ${GOLDEN}`);
    expect(existsSync(GOLDEN)).toBe(false);
  });
}

function compareWithGolden(): void {
  const steps: Step[] = JSON.parse(readFileSync(path.join(GOLDEN, 'workload.json'), 'utf8'));
  const sink = new MemorySink();
  const silent = { log: () => {} };
  let folder: string;
  let postgres: EmbeddedPostgres;
  let capture: ChangeCapture;
  let client: pg.Client;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'golden-'));
    postgres = await startEmbeddedPostgres({ dataDir: folder, port: await freePort(0), log: silent });
    client = new pg.Client(postgres.url);
    await client.connect();
    await client.query(readFileSync(path.join(GOLDEN, 'schema.sql'), 'utf8'));
    // The rows of schema.sql name their ids; the recorded run's sequences stood after them.
    await client.query("SELECT setval('users_id_seq', 1), setval('products_id_seq', 1)");
    await client.query('CREATE PUBLICATION shop_publication FOR TABLE orders, order_items, users, products');
    capture = startChangeCapture({
      databaseUrl: postgres.url,
      snapshotOrder: ['public.orders', 'public.order_items', 'public.users', 'public.products'],
      sink,
      clock: Date,
      log: silent,
    });
    await capture.streaming;
  });

  afterAll(async () => {
    await capture.stop();
    await client.end();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('snapshot', () => {
    const golden = [...goldenRecords('snapshot_r_users'), ...goldenRecords('snapshot_r_products')];
    expect(sink.records.map(comparable)).toEqual(golden);
  });

  // The steps build on each other, in the order of the workload.
  it.each(steps)('$step', async ({ step, sql, events }) => {
    const before = sink.records.length;
    for (const statement of sql) {
      await client.query(statement);
    }
    // A row that comes after everything the step has caused.
    const marker = -1 - steps.findIndex((other) => other.step === step);
    await client.query('INSERT INTO order_items VALUES ($1, 1, 1, 1, 1)', [marker]);
    const lastKey = () => Buffer.from(sink.records.at(-1)?.key ?? []).toString();
    await vi.waitFor(() => expect(lastKey()).toBe(`{"order_id":${marker},"line_no":1}`), {
      timeout: 10_000,
      interval: 5,
    });
    const written = sink.records.splice(before).slice(0, -1).map(comparable);
    const golden = goldenRecords(step);
    expect(golden).toHaveLength(events);
    expect(perKey(written)).toEqual(perKey(golden));
  });
}

function goldenRecords(step: string): Comparable[] {
  return readdirSync(GOLDEN)
    .filter((file) => new RegExp(`^${step}(_\\d+of\\d+)?\\.json$`).test(file))
    .sort()
    .map((file) => {
      const { topic, headers, keyRaw, valueRaw }: GoldenRecord = JSON.parse(
        readFileSync(path.join(GOLDEN, file), 'utf8'),
      );
      return { topic, headers: withoutRun(Object.entries(headers)), key: keyRaw, value: steady(valueRaw) };
    });
}

interface Comparable {
  readonly topic: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly key: string | null;
  readonly value: string | null;
}

function comparable(record: NewRecord): Comparable {
  const ours = ['commit_lsn', 'tx_index'];
  const headers = (record.headers ?? []).map(
    ([name, value]) => [name, Buffer.from(value).toString()] as const,
  );
  return {
    topic: record.topic,
    headers: withoutRun(headers.filter(([name]) => !ours.includes(name))),
    key: record.key === null ? null : Buffer.from(record.key).toString(),
    value: steady(record.value === null ? null : Buffer.from(record.value).toString()),
  };
}

function withoutRun(headers: readonly (readonly [string, string])[]): (readonly [string, string])[] {
  return headers.map(([name, value]) => [name, name === '__debezium.context.runId' ? '…' : value]);
}

/** The JSON text without what its README says differs from run to run: timestamps, LSNs, transaction ids, sequence. */
function steady(value: string | null): string | null {
  return (
    value
      ?.replace(/"(ts_ms|ts_us|ts_ns|lsn|txId)":\d+/g, '"$1":0')
      .replace(/"sequence":"\[(?:null|\\"\d+\\"),\\"\d+\\"\]"/, '"sequence":""')
      .replace(/("created_at":")2026-[^"]*(?=")/, '$1now') ?? null
  );
}

/** Order is kept per key only: a record of another key may lie in another partition. */
function perKey(records: readonly Comparable[]): Comparable[] {
  const place = ({ topic, key }: Comparable) => `${topic} ${key}`;
  return [...records].sort((a, b) => (place(a) < place(b) ? -1 : place(a) > place(b) ? 1 : 0));
}
