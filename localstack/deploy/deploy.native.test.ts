/**
 * The platform deployed to emulators of AWS on this machine, by `npm run deploy:local`: the story from an order in Postgres to a
 * changed recommendation on MiniStack, and what LocalStack's open edition can do of it. Prints its figures.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLambdaInvoke } from '../../shared/adapters/lambda-invoke.ts';
import type { JsonValue } from '../../shared/control/index.ts';
import { openObjectStore } from '../../shared/runtime/compose-adapters.ts';
import { parseConfig } from '../../shared/runtime/config.ts';
import { eventually } from '../e2e/eventually.ts';
import { ownReader } from '../e2e/lake-readers.ts';
import {
  expectBuiltTablesAgree,
  expectOnlineAgrees,
  expectRawAgrees,
  untilCaughtUp,
} from '../e2e/platform-agrees.ts';
import { type ServiceName, startService, stopOrder, stopService } from '../services/native/index.ts';
import { type DeployedPlatform, deployPlatform, removePlatform } from './deployed-platform.fixture.ts';
import { EMULATOR_KEYS } from './function-settings.ts';
import { EMULATOR_REGION } from './serverless-command.ts';

const USER = 7;
const BESIDE: readonly ServiceName[] = ['postgres', 'kafka', 'connect', 'redis'];

interface Recommendations {
  readonly modelVersion: string | null;
  readonly fallback: string | null;
  readonly items: readonly { readonly productId: number; readonly reason: string }[];
}

describe('deployed to MiniStack', () => {
  const stage = `story${process.pid}`;
  const servers = serversOfTheirOwn(...BESIDE, 'ministack');
  let platform: DeployedPlatform;

  beforeAll(async () => {
    await servers.start();
    platform = await deployPlatform(
      servers.dataDir,
      stage,
      '--size',
      'small',
      '--schedule',
      'rate(1 minute)',
    );
  }, 600_000);
  afterAll(async () => {
    await platform?.stop();
    await servers.stop();
  });

  it('carries DuckDB only in the functions that query', () => {
    const heavy = [...platform.output().matchAll(/^([\w-]+): .*with .*@duckdb\/node-api/gm)];
    expect(heavy.map(([, name]) => name).sort()).toEqual([
      'build-features',
      'load-online-store',
      'maintain-lake',
      'show-insights',
      'train-model',
    ]);
  });

  it('recommends with a live model', async () => {
    const { status, body } = await platform.get(`/v1/recommendations/${USER}?n=5`);
    expect(status).toBe(200);
    const { fallback, modelVersion, items } = body as Recommendations;
    expect(fallback).toBeNull();
    expect(modelVersion).not.toBeNull();
    expect(items).toHaveLength(5);
  });

  it('answers differently after an order in Postgres', async () => {
    const ask = async (query: string) =>
      (await platform.get(`/v1/recommendations/${USER}?n=20${query}`)).body as Recommendations;
    const idsOf = ({ items }: Recommendations) => items.map(({ productId }) => productId).join();
    const before = await ask('');
    const novelty = (await ask('&shelf=discover')).items.at(-1)?.productId;
    await platform.command('order', '--user', `${USER}`, '--product', `${novelty}`);
    await eventually('a changed recommendation', 30_000, async () =>
      idsOf(await ask('')) === idsOf(before) ? undefined : true,
    );
  });

  it('holds in the lake and in the online store what Postgres holds', async () => {
    await untilCaughtUp(platform);
    const lake = ownReader(() => openObjectStore(parseConfig(platform.state.environment, process.cwd())));
    await expectRawAgrees(platform, lake);
    await expectOnlineAgrees(platform, lake);
    await eventually('a run of the pipeline', 120_000, async () => {
      const report = await invoke(platform, 'run-pipeline', {});
      return (report as { outcome?: string }).outcome === 'succeeded' ? true : undefined;
    });
    await expectBuiltTablesAgree(platform, lake);
  });

  it('shows the dashboard with its assets and read models', async () => {
    // Nobody has asked for it before: its process starts, and DuckDB with it.
    const coldMs = await timed(async () => expect((await platform.get('/')).text).toContain('Best sellers'));
    console.log(`show-insights, cold, over HTTP: ${coldMs.toFixed(0)} ms`);
    expect((await platform.get('/assets/dashboard.css')).status).toBe(200);
    expect((await platform.get('/v1/insights/top-products')).status).toBe(200);
    expect((await platform.get('/health/ready')).status).toBe(200);
    expect((await platform.get('/v1/recommendations/abc')).status).toBe(400);
  });

  it('runs the pipeline on its schedule, by nobody else', async () => {
    const lastRun = async () => {
      const { body } = await platform.get('/v1/insights/pipeline');
      return (body as { runs: readonly { run: { runId: string } }[] }).runs[0]?.run.runId;
    };
    const before = await lastRun();
    expect(before).toBeDefined();
    await eventually('a scheduled run', 150_000, async () =>
      (await lastRun()) === before ? undefined : true,
    );
  });

  it('answers fifty requests one after the other', async () => {
    const times: number[] = [];
    for (let request = 0; request < 50; request++)
      times.push(await timed(() => platform.get(`/v1/recommendations/${USER}`)));
    times.sort((a, b) => a - b);
    console.log(
      `recommend, warm, over HTTP: p50 ${times[24]?.toFixed(0)} ms, p95 ${times[47]?.toFixed(0)} ms`,
    );
    expect(times).toHaveLength(50);
  });

  it('ends with Ctrl-C, and is removed with its lake', async () => {
    expect(await platform.stop()).toBe(0);
    expect(await removePlatform(servers.dataDir, stage)).toContain(
      `removed: stack customer-insight-${stage}`,
    );
    const response = await fetch(servers.url('ministack'));
    expect(await response.text()).not.toContain(stage);
  });
});

describe('deployed to LocalStack 4.14', () => {
  const stage = `smoke${process.pid}`;
  const servers = serversOfTheirOwn(...BESIDE, 'localstack');
  let platform: DeployedPlatform;

  beforeAll(async () => {
    await servers.start();
    // The poller has brought every row into the lake, and the pipeline has run, once this resolves.
    platform = await deployPlatform(servers.dataDir, stage, '--to', 'localstack', '--size', 'small');
  }, 600_000);
  afterAll(async () => {
    await platform?.stop();
    await servers.stop();
  });

  it('answers by a REST API, as LocalStack has no HTTP API', async () => {
    const { status, body } = await platform.get('/v1/recommendations/1?n=3');
    expect(status).toBe(200);
    expect((body as Recommendations).items).toHaveLength(3);
    expect((await platform.get('/health/live')).status).toBe(200);
    expect((await platform.get('/v1/recommendations/abc')).status).toBe(400);
  });

  it('takes batches of Kafka from our poller, as it has no mapping for Kafka', async () => {
    await platform.command('order', '--user', `${USER}`, '--product', '1');
    await untilCaughtUp(platform);
    const lake = ownReader(() => openObjectStore(parseConfig(platform.state.environment, process.cwd())));
    await expectRawAgrees(platform, lake);
  });

  it('runs the pipeline, which invokes its jobs there', async () => {
    await eventually('a run of the pipeline', 240_000, async () => {
      const report = await invoke(platform, 'run-pipeline', {});
      return (report as { outcome?: string }).outcome === 'succeeded' ? true : undefined;
    });
  });

  it('ends with Ctrl-C, and is removed', async () => {
    expect(await platform.stop()).toBe(0);
    expect(await removePlatform(servers.dataDir, stage, '--to', 'localstack')).toContain(
      `removed: stack customer-insight-${stage}`,
    );
  });
});

/** Servers on a data folder that is deleted with them. */
function serversOfTheirOwn(...names: readonly ServiceName[]) {
  let dataDir = '';
  const urls = new Map<ServiceName, string>();
  return {
    get dataDir() {
      return dataDir;
    },
    url: (name: ServiceName) => urls.get(name) ?? '',
    start: async () => {
      dataDir = mkdtempSync(join(tmpdir(), 'deploy-'));
      for (const name of names) urls.set(name, (await startService(name, { dataDir })).url);
    },
    stop: async () => {
      for (const name of stopOrder(names)) await stopService(name, dataDir);
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Invokes a deployed function through the emulator's Lambda Invoke API. */
function invoke({ deployed }: DeployedPlatform, name: string, payload: Record<string, JsonValue>) {
  return createLambdaInvoke({
    endpoint: deployed.settings.LAMBDA_ENDPOINT ?? '',
    signing: { region: EMULATOR_REGION, credentials: { ...EMULATOR_KEYS, sessionToken: null } },
    timeoutMs: 300_000,
  })(`${deployed.functionPrefix}${name}`, payload);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}
