import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openObjectStore } from '../../shared/runtime/compose-adapters.ts';
import { type Overrides, parseConfig } from '../../shared/runtime/config.ts';
import { SHOP_TABLES } from '../../shared/tables/index.ts';
import { LOCK_FILE } from '../services/data-folder-lock.ts';
import { isAlive } from '../services/native/process-identity.ts';
import { eventually } from './eventually.ts';
import { agree, differencesFromPostgres, readRaw, repeatedRecords } from './lake-agrees.ts';
import { type LakeReader, ownReader } from './lake-readers.ts';
import { type RunningPlatform, startPlatformProcess } from './running-platform.ts';

interface Recommendations {
  readonly userId: number;
  readonly recommendationId: string;
  readonly modelVersion: string | null;
  readonly fallback: string | null;
  readonly items: readonly { readonly productId: number; readonly source: string; readonly reason: string }[];
}

const USER = 7;

/** What the platform of a story runs on. */
export interface World {
  /** Beside those that every story chooses for itself: data folder and ports. */
  readonly settings: Overrides;
  /** Stops what was started for this story alone. */
  readonly stop: () => Promise<void>;
}

/** The walk from an order in Postgres to a changed recommendation, on whatever parts the settings choose. */
export function describeStory(name: string, openWorld: () => Promise<World>): void {
  describe(`from an order in Postgres to a changed recommendation, on ${name}`, () => {
    let dataDir: string;
    let world: World;
    let platform: RunningPlatform;
    let lake: LakeReader;

    beforeAll(async () => {
      // A folder with a space, as users have them.
      dataDir = join(mkdtempSync(join(tmpdir(), 'story-')), 'insight data');
      world = await openWorld();
      platform = await startPlatformProcess({ dataDir, settings: world.settings, args: ['--size', 'small'] });
      lake = ownReader(() => openObjectStore(parseConfig(platform.state.environment, process.cwd())));
    }, 600_000);

    afterAll(async () => {
      await platform?.stop();
      await world?.stop();
      rmSync(join(dataDir, '..'), { recursive: true, force: true });
    }, 60_000);

    const recommendations = async (query = '?n=5') =>
      (await platform.get(`/v1/recommendations/${USER}${query}`)).body as Recommendations;

    const invoke = async (name: string, event: object): Promise<unknown> => {
      const url = `${platform.state.urls.lambda}/2015-03-31/functions/customer-insight-dev-${name}/invocations`;
      return (await fetch(url, { method: 'POST', body: JSON.stringify(event) })).json();
    };

    /** Until the lake holds what Postgres holds. */
    const lakeAgrees = () =>
      eventually('the lake agreeing with Postgres', 120_000, async () => {
        const differences = await differencesFromPostgres(platform.state.urls.postgres, lake);
        return agree(differences) ? differences : undefined;
      });

    it('tells a newcomer where everything is', async () => {
      // What is printed takes another way than the state that says ready.
      const output = await eventually('the lines of a ready platform', 10_000, async () =>
        platform.output().includes('npm run order') ? platform.output() : undefined,
      );
      expect(output).toContain(`${platform.state.urls.api}/v1/recommendations/`);
    });

    it('recommends with a live model, and says where each item comes from', async () => {
      const answer = await recommendations();
      expect(answer.fallback).toBeNull();
      expect(answer.modelVersion).not.toBeNull();
      expect(answer.items).toHaveLength(5);
      for (const item of answer.items) expect(item.reason).not.toBe('');
    });

    it('answers differently after an order, without retraining', async () => {
      const before = await recommendations('?n=20');
      const novelty = (await recommendations('?n=20&shelf=discover')).items.at(-1)?.productId;
      await platform.command('order', '--user', String(USER), '--product', String(novelty));
      const after = await eventually('a changed recommendation', 60_000, async () => {
        const answer = await recommendations('?n=20');
        const same =
          answer.items.map((item) => item.productId).join() ===
          before.items.map((item) => item.productId).join();
        return same ? undefined : answer;
      });
      expect(after.modelVersion).toBe(before.modelVersion);
    });

    it('falls back to what is popular for an unknown customer, and says so', async () => {
      const { body } = await platform.get('/v1/recommendations/999999?n=3');
      expect(body).toMatchObject({ fallback: 'popular' });
      expect((body as Recommendations).items).toHaveLength(3);
    });

    it.each([
      ['/v1/products/17/similar', [17]],
      ['/v1/products/17/bought-together', [17]],
      ['/v1/trending', []],
      [`/v1/recommendations/${USER}?shelf=basket&basket=17,42`, [17, 42]],
    ])('answers %s with other products, and says where each comes from', async (path, about) => {
      const { status, body } = await platform.get(path);
      expect(status).toBe(200);
      const { items } = body as Recommendations;
      expect(items.length).toBeGreaterThan(0);
      expect(items.filter(({ productId }) => about.includes(productId))).toEqual([]);
      for (const { source, reason } of items) expect([source, reason]).not.toContain('');
    });

    it('knows nothing of what stands around a product that the shop does not have', async () => {
      const { status, body } = await platform.get('/v1/products/999999/similar');
      expect([status, (body as { code: string }).code]).toEqual([404, 'not_found']);
    });

    it.each([
      ['/v1/recommendations/abc', 'userId'],
      ['/v1/recommendations/1?n=0', 'n'],
      ['/v1/recommendations/1?shelf=for-me', 'shelf'],
      ['/v1/insights/revenue?format=xml', 'format'],
    ])('answers %s with a problem that names %s', async (path, field) => {
      const { status, body } = await platform.get(path);
      expect(status).toBe(400);
      expect((body as { errors: { field: string }[] }).errors[0]?.field).toBe(field);
    });

    it('lets `serverless invoke local` ask a function as API Gateway and as Kafka would', async () => {
      const request = {
        version: '2.0',
        rawPath: `/v1/recommendations/${USER}`,
        pathParameters: { userId: `${USER}` },
      };
      const invokeLocal = (name: string, event: object) =>
        platform.serverless('invoke', 'local', '-f', name, '-d', JSON.stringify(event));
      expect(await invokeLocal('recommend', request)).toMatchObject({ statusCode: 200 });
      const batch = { eventSource: 'SelfManagedKafka', bootstrapServers: '', records: {} };
      expect(await invokeLocal('ingest-changes', batch)).toEqual({
        rows: 0,
        quarantined: 0,
        unknownColumns: [],
      });
    });

    it('is well, says the doctor', async () => {
      // Its exit code tells of the machine too, which may be short of memory.
      const report = await platform
        .command('doctor', '--json')
        .catch(({ stdout }: { stdout: string }) => stdout);
      const { findings } = JSON.parse(report) as { findings: { level: string; what: string }[] };
      const levels = Object.fromEntries(findings.map(({ what, level }) => [what, level]));
      for (const what of ['lock', 'API', 'wal_level', 'slot shop_slot', 'dead letters', 'last pipeline run'])
        expect(levels[what], what).toBe('ok');
    });

    it('answers the Lambda Invoke API', async () => {
      const event = { rawPath: '/', pathParameters: { userId: 'abc' } };
      expect(await invoke('recommend', event)).toMatchObject({ statusCode: 400 });
    });

    it('holds in the lake what Postgres holds, each record once', async () => {
      await lakeAgrees();
      for (const table of SHOP_TABLES) expect(await repeatedRecords(lake, table)).toEqual([]);
    });

    it('answers SQL over versions of the lakehouse', async () => {
      const { changes } = await readRaw(lake, 'orders');
      const json = await platform.command('sql', '--json', 'SELECT count(*) AS changes FROM raw.orders');
      expect(JSON.parse(json)).toEqual([{ changes }]);
      const first = await platform.command('sql', '--csv', 'SELECT count(*) FROM raw.orders VERSION AS OF 0');
      expect(Number(first.split('\n')[1])).toBeLessThan(changes);
    });

    it('joins the small files of its tables without changing a row', async () => {
      const joined = JSON.parse(await platform.command('lake', 'compact', 'raw/order_items', '--json'));
      expect(joined).toMatchObject({ filesAdded: 1, conflicts: 0 });
      expect(joined.filesRemoved).toBeGreaterThan(1);
      expect(await invoke('maintain-lake', {})).toMatchObject({ outcome: 'maintained' });
      await lakeAgrees();
      for (const table of SHOP_TABLES) expect(await repeatedRecords(lake, table)).toEqual([]);
    });

    it('shows revenue, best sellers, segments and recommendations on the dashboard', async () => {
      const { status, text } = await platform.get('/');
      expect(status).toBe(200);
      for (const word of ['Revenue', 'Best sellers', 'RFM', 'Recommendations', 'Lag'])
        expect(text).toContain(word);
    });

    it('loses nothing and repeats nothing over a kill -9 in the middle of orders', async () => {
      const orders = platform
        .command('simulate', '--rate', '50', '--orders', '200', '--seed', '1')
        .catch(() => '');
      await eventually('some orders', 60_000, async () => {
        const differences = await differencesFromPostgres(platform.state.urls.postgres, lake);
        return differences.orders.length > 0 ? true : undefined;
      });
      await platform.kill();
      await orders;
      platform = await startPlatformProcess({ dataDir, settings: world.settings });
      await lakeAgrees();
      for (const table of SHOP_TABLES) expect(await repeatedRecords(lake, table)).toEqual([]);
    }, 180_000);

    it('leaves no process and no lock after Ctrl-C', async () => {
      const pids = [platform.state.pid, ...platform.state.pids];
      expect(await platform.stop()).toBe(0);
      expect(pids.filter(isAlive)).toEqual([]);
      expect(existsSync(join(dataDir, LOCK_FILE))).toBe(false);
    }, 60_000);
  });
}
