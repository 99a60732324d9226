import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ShopDatabase, startShopDatabase } from '../shop/shop-database.fixture.ts';

let shop: ShopDatabase;
let dataDir: string;

beforeAll(async () => {
  shop = await startShopDatabase();
  dataDir = await mkdtemp(path.join(tmpdir(), 'order-cli-test-'));
  const urls = { api: 'http://127.0.0.1:3000', postgres: shop.url };
  await writeFile(path.join(dataDir, 'runtime.json'), JSON.stringify({ pid: process.pid, urls }));
  await shop.client.query(`
    insert into users (user_id, name, email) values (42, 'Ana', 'ana@example.com');
    insert into products (product_id, name, price, category, stock) values (17, 'Mug', 6.25, 'Kitchen', 3)`);
});
afterAll(async () => {
  await shop.stop();
  await rm(dataDir, { recursive: true, force: true });
});

describe('npm run order', () => {
  it('places the order in the running shop and names the request that shows its effect', async () => {
    const result = await run('order.ts', [
      '--user',
      '42',
      '--product',
      '17',
      '--quantity',
      '2',
      '--at',
      '2026-03-31',
    ]);
    expect(result).toEqual({
      exitCode: 0,
      stdout: [
        'order 1 of customer 42: 2 x Mug at 6.25; total 12.50',
        'see the answer change: curl "http://127.0.0.1:3000/v1/recommendations/42?n=5"',
        '',
      ].join('\n'),
      stderr: '',
    });
    const { rows } = await shop.client.query('select user_id, total_amount, created_at from orders');
    expect(rows).toEqual([
      { user_id: 42, total_amount: '12.50', created_at: new Date('2026-03-31T00:00:00Z') },
    ]);
  });

  it.each([
    {
      args: ['--user', '42', '--product', '17', '--quantity', '9'],
      exitCode: 1,
      says: 'product 17 (Mug) has',
    },
    {
      args: ['--user', '43', '--product', '17'],
      exitCode: 1,
      says: 'the shop has no customer 43; the nearest is --user 42',
    },
    { args: ['--user', '42', '--prodct', '17'], exitCode: 2, says: 'did you mean --product?' },
    { args: ['--user', '42', '--product', '3000000000'], exitCode: 2, says: 'from 1 to 2147483647' },
  ])('refuses $args with exit code $exitCode', async ({ args, exitCode, says }) => {
    const result = await run('order.ts', args);
    expect(result).toMatchObject({ exitCode, stdout: '' });
    expect(result.stderr).toContain(`error: `);
    expect(result.stderr).toContain(says);
  });

  it('says that nothing runs', async () => {
    const result = await run(
      'order.ts',
      ['--user', '42', '--product', '17'],
      path.join(dataDir, 'elsewhere'),
    );
    expect(result).toMatchObject({ exitCode: 1, stdout: '' });
    expect(result.stderr).toContain('the platform is not running');
  });
});

describe('npm run simulate', () => {
  it('places so many orders and tells what happens', async () => {
    await shop.client.query('update products set stock = 1000');
    const result = await run('simulate.ts', ['--orders', '3', '--rate', '100', '--seed', 'a']);
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(result.stdout.match(/^order \d+ of .*; total /gm)).toHaveLength(3);
    expect(result.stdout).toMatch(/\n3 orders placed\n$/);
  });
});

interface Finished {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(command: string, args: readonly string[], dataDirectory = dataDir): Promise<Finished> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', path.join(import.meta.dirname, command), ...args],
    {
      env: { ...process.env, DATA_DIR: dataDirectory },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      output[stream] += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, ...output }));
  });
}
