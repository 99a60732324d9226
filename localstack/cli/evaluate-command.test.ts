import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluationArguments } from './evaluate-arguments.ts';
import { evaluateCommand } from './evaluate-command.ts';

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

function interactionsOf(csv: string): string {
  const rows = csv.trim().split('\n').slice(2);
  const lines = rows.map((row) => {
    const [, product = '', , at = '', , customer = ''] = row.split(',');
    return `${customer}\t${product}\t${Date.parse(at) / 1000}`;
  });
  return ['user_id:token\titem_id:token\ttimestamp:float', ...lines, ''].join('\n');
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
    expect(report.candidateRecall.any.category).toBeGreaterThan(0);
    expect(err).toContain('line 2: quantity is no number');
  });

  it('prints a table with a column for products new to the customer', async () => {
    const { out } = await run('--orders', orders, '--cut', '2024-05-01');
    expect(out).toMatch(/NDCG@10 +recall@10 .* hit rate@10 +coverage +new NDCG@10/);
    expect(out).toMatch(/personal +als +neighbours +companions +together +category +popular +all/);
    expect(out).toMatch(/lists with repeats are ranked by (the blend|\d+ trees)/);
    expect(out).toContain('global temporal split: everything before 2024-05-01 00:00 UTC trains and tunes');
    expect(out).toMatch(/^blend +[01]\.\d{3}/m);
  });

  it('measures every length and window that is asked for, and pools the windows', async () => {
    const { out } = await run(
      ...['--orders', orders, '--cut', '2024-05-01', '--k', '5,10,5', '--origins', '2', '--json'],
    );
    const report = JSON.parse(out);
    expect(report.protocol).toMatchObject({ list: 5, listLengths: [5, 10] });
    expect(report.methods[0].lengths.map(({ k }: { k: number }) => k)).toEqual([5, 10]);
    expect(report.origins.map(({ protocol }: { protocol: { cut: string } }) => protocol.cut)).toEqual([
      '2024-04-17T00:00:00.000Z',
      '2024-05-01T00:00:00.000Z',
    ]);
    expect(report.origins[1].methods).toEqual(report.methods);
    expect(report.pooled.comparisons.map(({ against }: { against: string }) => against)).toContain('UP-CF');
  });

  it('writes a report that needs nothing beside itself, with the figures of the table', async () => {
    const html = join(folder, 'report.html');
    const { out } = await run('--orders', orders, '--cut', '2024-05-01', '--json', '--html', html);
    const page = await readFile(html, 'utf8');
    expect(page).not.toMatch(/<script|<link|src=|https?:/);
    expect(page).toMatch(/\d+ baskets<.*\d+ customers</);
    for (const { name, any } of JSON.parse(out).methods) {
      expect(page).toContain(`<td>${name}</td>`);
      expect(page).toContain(`<td>${any.recall.toFixed(3)}</td>`);
    }
  });

  it('reads the interactions of an atomic file like the same purchases of order lines', async () => {
    const path = join(folder, 'orders.inter');
    await writeFile(path, interactionsOf(ordersCsv()));
    const { out } = await run('--orders', path, '--cut', '2024-05-01', '--json');
    const { out: same } = await run('--orders', orders, '--cut', '2024-05-01', '--json');
    const [popularity] = JSON.parse(out).methods;
    const { recall, ndcg } = JSON.parse(same).methods[0].any;
    expect(popularity.any).toMatchObject({ recall, ndcg });
  });

  it('says that a control run is one', async () => {
    const { out } = await run('--orders', orders, '--cut', '2024-05-01', '--shuffle-labels');
    expect(out).toContain('CONTROL RUN');
  });

  it.each([
    [['--cut', '2024-05-01'], '--orders is missing'],
    [['--orders', 'x.csv'], '--cut is missing'],
    [
      ['--orders', 'x.csv', '--cut', '2024-02-30'],
      '--cut must be a day such as 2011-11-26, got "2024-02-30"',
    ],
    [['--orders', 'x.csv', '--cut', '2024-02-01', '--days', '0'], '--days must be a number above 0, got "0"'],
    [
      ['--orders', 'x.csv', '--cut', '2024-02-01', '--k', '10,0'],
      '--k must be whole numbers from 1 to 1000, parted by commas, got "10,0"',
    ],
    [
      ['--orders', 'x.csv', '--cut', '2024-02-01', '--origins', '0'],
      '--origins must be a whole number from 1',
    ],
    [['--orders', 'x.csv', '--cut', '2024-02-01', '--seed', 'a'], '--seed must be a whole number, got "a"'],
    [['--orders', 'x.csv', '--cut', '2024-02-01', '--weeks', '2'], 'unknown option --weeks'],
    [['--orders', '/no/such.csv', '--cut', '2024-02-01'], 'cannot open /no/such.csv'],
  ])('refuses %j with what, why and what next', async (argv, message) => {
    const refusal = run(...argv);
    await expect(refusal).rejects.toThrow(message);
    await expect(refusal).rejects.toThrow(/usage: npm run evaluate|give the path/);
  });

  it('refuses a report in a folder that is not there before anything is read', async () => {
    const html = join(folder, 'none', 'report.html');
    await expect(
      run('--orders', '/no/such.csv', '--cut', '2024-05-01', '--html', html),
    ).rejects.toMatchObject({
      code: 'report_not_written',
      message: expect.stringContaining('give a file in a folder that exists'),
    });
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
    listLengths: [10],
    origins: 1,
    shuffleLabels: false,
    seed: 0,
    json: false,
    html: null,
  });
});
