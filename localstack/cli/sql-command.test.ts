import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openQueryFixture, type QueryFixture } from '../../shared/adapters/duckdb-query-fixture.ts';
import { openFolderStore } from '../../shared/adapters/fs-object-store.ts';
import { batchOfRows, field, openTable, schemaOf } from '../../shared/lake/index.ts';
import { childEnvironment } from '../../shared/runtime/config.ts';
import { writeRuntimeState } from '../services/runtime-state.ts';
import { sqlCommand } from './sql-command.ts';

const ORDERS = schemaOf(field('id', 'long'), field('total', 'decimal(10,2)'));
const orders = (from: number, to: number) => {
  const rows = Array.from({ length: to - from }, (_, index) => ({ id: BigInt(from + index), total: '1.50' }));
  return { schema: ORDERS, batches: [batchOfRows(ORDERS, rows)] };
};

describe('the sql command', () => {
  let fixture: QueryFixture;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sql-command-'));
    fixture = await openQueryFixture();
    const table = fixture.lakeTable('raw/orders');
    await table.append(orders(0, 3));
    await table.append(orders(3, 150));
    await fixture.objectStore.put('raw/broken/_delta_log/00000000000000000000.json', Buffer.from('{'));
  });
  afterAll(async () => {
    await fixture.dispose();
    await rm(folder, { recursive: true });
  });

  async function run(argv: readonly string[], input: string | null = null) {
    let [out, err, isClosed] = ['', '', false];
    await sqlCommand(
      argv,
      {
        out: async (text) => {
          out += text;
        },
        err: (text) => {
          err += text;
        },
        input: async () => input,
        now: () => 0,
      },
      async () => ({
        store: fixture.objectStore,
        engine: fixture.engine,
        close: async () => {
          isClosed = true;
        },
      }),
    );
    expect(isClosed).toBe(true);
    return { out, err };
  }

  it('prints the first hundred rows as a table, and what it read where it is asked to', async () => {
    const { out, err } = await run(['SELECT * FROM raw.orders ORDER BY id', '--verbose']);
    const lines = out.split('\n');
    expect(lines.slice(0, 3)).toEqual(['id  total', '──  ─────', ' 0   1.50']);
    expect(lines.slice(-3)).toEqual(['99   1.50', '… 50 more rows (--limit N shows more)', '']);
    expect(err).toBe('raw.orders version 1: 2 of 2 files, 150 rows read\n150 rows in 0.00 s\n');
  });

  it('prints all rows as CSV and JSON, or as many as it is told', async () => {
    const csv = await run(['SELECT id FROM raw.orders ORDER BY id', '--csv']);
    expect(csv.out.split('\n').slice(0, 3)).toEqual(['id', '0', '1']);
    expect(csv.out.split('\n')).toHaveLength(152);
    const json = await run(['SELECT * FROM raw.orders ORDER BY id', '--json', '--limit', '2']);
    expect(JSON.parse(json.out)).toEqual([
      { id: 0, total: 1.5 },
      { id: 1, total: 1.5 },
    ]);
    expect(json.err).toBe('2 rows in 0.00 s\n');
    expect((await run(['SELECT 1 AS a WHERE false', '--json'])).out).toBe('[\n]\n');
    expect((await run(['SELECT 1 AS a WHERE false', '--csv', '--limit', '0'])).out).toBe('a\n');
  });

  it.each([
    ['a file', ['-f', 'FILE'], null],
    ['standard input', [], 'SELECT count(*) AS n FROM raw.orders VERSION AS OF 0'],
    ['standard input by name', ['-'], 'SELECT count(*) AS n FROM raw.orders VERSION AS OF 0'],
    ['standard input as a file', ['--file', '-'], 'SELECT count(*) AS n FROM raw.orders VERSION AS OF 0'],
  ])('takes the statement from %s', async (_, argv, input) => {
    const file = join(folder, 'statement.sql');
    await writeFile(file, '-- three\nSELECT count(*) AS n\nFROM raw.orders VERSION AS OF 0;\n');
    const { out } = await run([...argv.map((word) => (word === 'FILE' ? file : word)), '--csv'], input);
    expect(out).toBe('n\n3\n');
  });

  it('shows the tables there are, and what is wrong with one, when it is asked nothing', async () => {
    const { out } = await run([]);
    expect(out).toMatch(/^raw\.broken {2}cannot be read\n {12}raw\/broken\/_delta_log\/0{20}\.json line 1: /);
    expect(out).toContain('raw.orders  version 1, 150 rows\n            id long, total decimal(10,2)\n');
    expect(out).toContain('npm run sql -- "SELECT * FROM raw.orders LIMIT 10"\n');
    expect(out).toContain('npm run sql -- "SELECT count(*) FROM raw.orders VERSION AS OF 1" --json\n');
  });

  it.each([
    [['SELECT 1', '--csv', '--json'], '--csv and --json exclude each other'],
    [['SELECT', '1'], 'the statement is one argument: put it in quotes'],
    [['SELECT 1', '-f', 'x.sql'], 'a statement and --file exclude each other'],
    [['-f', '/nowhere/x.sql'], '--file cannot be read: ENOENT'],
    [['SELECT 1', '--limit', '-1'], '--limit must be a whole number, at least 0'],
    [['--vebose'], 'did you mean --verbose?'],
  ])('refuses %j', async (argv, reason) => {
    await expect(run(argv)).rejects.toMatchObject({
      code: 'invalid_arguments',
      message: expect.stringContaining(reason),
    });
  });
});

describe('npm run sql', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'npm-run-sql-'));
    const store = await openFolderStore(join(folder, 'lakehouse'));
    let ids = 0;
    const table = openTable(store, 'raw/orders', {
      now: Date.now,
      newId: () => `id-${++ids}`,
      random: Math.random,
      sleep: async () => undefined,
    });
    await table.append(orders(0, 300_000));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const start = (...argv: readonly string[]) => startWith(folder, argv);

  function startWith(DATA_DIR: string, argv: readonly string[]) {
    return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
      const child = execFile(
        process.execPath,
        ['--import', 'tsx', join(import.meta.dirname, 'sql.ts'), ...argv],
        { env: childEnvironment({ DATA_DIR }), maxBuffer: 2 ** 26 },
        (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
      );
      child.stdin?.end();
    });
  }

  it('answers from the lakehouse of a platform that is stopped', async () => {
    const { code, stdout, stderr } = await start('SELECT id, total FROM raw.orders', '--csv');
    expect(stdout.split('\n')).toHaveLength(300_002);
    expect(stderr).toMatch(/^300,000 rows in \d+\.\d\d s\n$/);
    expect(code).toBe(0);
  });

  it('answers from the lakehouse of the platform that runs, wherever that has it', async () => {
    const beside = join(folder, 'beside');
    await mkdir(beside);
    writeRuntimeState(beside, {
      pid: process.pid,
      ready: true,
      urls: { api: '', dashboard: '', lambda: '', postgres: '', controlTable: '' },
      pids: [],
      consumers: [],
      environment: { DATA_DIR: beside, LAKEHOUSE_URL: `file:${join(folder, 'lakehouse')}` },
    });
    const { stdout } = await startWith(beside, ['SELECT count(*) AS n FROM raw.orders', '--csv']);
    expect(stdout).toBe('n\n300000\n');
  });

  it('fails with the place of what is wrong, and with another code for wrong arguments', async () => {
    const wrong = await start('SELECT totl FROM raw.orders');
    expect(wrong).toMatchObject({ code: 1, stdout: '' });
    expect(wrong.stderr).toMatch(
      /^error: .*"totl" not found.*\n.*\nline 1: SELECT totl FROM raw\.orders\n {15}\^\n$/,
    );
    expect(await start('--nothing')).toMatchObject({ code: 2, stdout: '' });
  });

  it('ends well when whoever reads has seen enough, and leaves nothing behind', async () => {
    const [script, sql] = [join(import.meta.dirname, 'sql.ts'), 'SELECT * FROM range(100_000_000)'];
    const child = spawn(process.execPath, ['--import', 'tsx', script, sql, '--csv'], {
      env: childEnvironment({ DATA_DIR: folder }),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child.stdout.once('data', () => child.stdout.destroy());
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(await readdir(join(folder, 'query-temp'))).toEqual([]);
  });

  it('shows the tables without arguments', async () => {
    const { stdout } = await start();
    expect(stdout).toContain('raw.orders  version 0, 300,000 rows');
  });
});
