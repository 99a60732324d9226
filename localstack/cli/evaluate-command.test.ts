import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluateCommand, evaluationArguments } from './evaluate-command.ts';

let folder: string;
let orders: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evaluate-'));
  orders = join(folder, 'orders.csv');
  await writeFile(orders, ordersCsv());
});
afterAll(() => rm(folder, { recursive: true }));

/** Sixty customers with three favourites each, every ten days of 2024 until May; one row is broken. */
function ordersCsv(): string {
  const rows = [
    'invoice,stock_code,quantity,invoice_ts,unit_price,customer_id,category',
    '1,A,x,2024-01-01,1,1,Tea',
  ];
  for (let customer = 1; customer <= 60; customer++) {
    for (let order = 0; order < 15; order++) {
      const at = new Date(Date.UTC(2024, 0, 1 + 10 * order + (customer % 10), 9)).toISOString();
      for (let favourite = 0; favourite < 3; favourite++) {
        const code = `P${(customer * 3 + favourite * (1 + (order % 2))) % 40}`;
        rows.push(`${customer}-${order},${code},1,${at},2.50,${customer},Tea`);
      }
    }
  }
  return `${rows.join('\n')}\n`;
}

async function run(...argv: string[]): Promise<{ out: string; err: string }> {
  let out = '';
  let err = '';
  await evaluateCommand(argv, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
  });
  return { out, err };
}

describe('evaluateCommand', () => {
  it('prints one JSON object with protocol, choice, methods and intervals', async () => {
    const { out, err } = await run('--orders', orders, '--cut', '2024-05-01', '--days', '14', '--json');
    const report = JSON.parse(out);
    expect(report.protocol).toMatchObject({
      cut: '2024-05-01T00:00:00.000Z',
      days: 14,
      catalogue: 40,
      customers: 60,
    });
    expect(report.file.badRows).toEqual([{ lineNumber: 2, reason: 'quantity is no number: "x"' }]);
    expect(report.methods.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining(['popularity', 'personal frequency', 'ALS', 'blend']),
    );
    for (const { any } of report.methods) expect(any.ndcg).toBeGreaterThan(0);
    const [, , personal] = report.comparisons;
    expect(personal.any.low).toBeLessThanOrEqual(personal.any.difference);
    expect(err).toContain('line 2: quantity is no number');
  });

  it('prints a table with a column for products new to the customer', async () => {
    const { out } = await run('--orders', orders, '--cut', '2024-05-01');
    expect(out).toMatch(/NDCG@10 +recall@10 +hit rate +coverage +new NDCG@10/);
    expect(out).toMatch(/^blend +[01]\.\d{3}/m);
  });

  it.each([
    [['--cut', '2024-05-01'], '--orders is missing'],
    [['--orders', 'x.csv'], '--cut is missing'],
    [
      ['--orders', 'x.csv', '--cut', '2024-02-30'],
      '--cut must be a day such as 2011-11-26, got "2024-02-30"',
    ],
    [['--orders', 'x.csv', '--cut', '2024-02-01', '--days', '0'], '--days must be a number above 0, got "0"'],
    [['--orders', 'x.csv', '--cut', '2024-02-01', '--seed', 'a'], '--seed must be a whole number, got "a"'],
    [['--orders', 'x.csv', '--cut', '2024-02-01', '--weeks', '2'], 'unknown option --weeks'],
    [['--orders', '/no/such.csv', '--cut', '2024-02-01'], 'cannot open /no/such.csv'],
  ])('refuses %j with what, why and what next', async (argv, message) => {
    const refusal = run(...argv);
    await expect(refusal).rejects.toThrow(message);
    await expect(refusal).rejects.toThrow(/usage: npm run evaluate|give the path/);
  });

  it('names the span of the file where the cut lies outside it', async () => {
    await expect(run('--orders', orders, '--cut', '2030-01-01')).rejects.toThrow(
      'run from 2024-01-01 to 2024-05-29: choose a cut inside',
    );
  });
});

it('reads the day of the cut as 00:00 UTC, and a length that is no whole number of days', () => {
  expect(evaluationArguments(['--orders', 'x.csv', '--cut', '2011-11-26', '--days', '7.5'])).toEqual({
    orders: 'x.csv',
    cut: Date.UTC(2011, 10, 26),
    days: 7.5,
    seed: 0,
    json: false,
  });
});
