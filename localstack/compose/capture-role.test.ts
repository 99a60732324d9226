import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../services/embedded/postgres/index.ts';
import { freePort } from '../services/free-port.ts';
import { prepareCaptureRole } from './capture-role.ts';

const ROLE = { role: 'capture', password: "o'neil" };

describe('the database of docker-compose.yml', () => {
  let folder: string;
  let server: EmbeddedPostgres;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'compose-postgres-'));
    server = await startEmbeddedPostgres({
      dataDir: join(folder, 'postgres'),
      port: await freePort(0),
      log: { log: () => {} },
    });
    for (const script of await initScripts()) {
      await asOwner((client) => client.query(script));
    }
  });

  afterAll(async () => {
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('gets a database of its own for Airflow', async () => {
    const { rows } = await asOwner((client) =>
      client.query("select 1 as there from pg_database where datname = 'airflow'"),
    );
    expect(rows).toEqual([{ there: 1 }]);
  });

  it('lets the capture role stream the log and read the shop, and nothing else', async () => {
    await prepareCaptureRole({ databaseUrl: server.url, ...ROLE });
    await asCapture(ROLE.password, async (client) => {
      expect((await client.query('select count(*)::int as rows from orders')).rows).toEqual([{ rows: 0 }]);
      await client.query("select pg_create_logical_replication_slot('of_a_test', 'pgoutput')");
      await client.query("select pg_drop_replication_slot('of_a_test')");
      for (const refused of [
        "insert into users (name, email) values ('a', 'b')",
        'delete from orders',
        'create table mine (id int)',
        'create publication mine for table orders',
        'drop publication shop_publication',
      ]) {
        await expect(client.query(refused), refused).rejects.toThrow(/permission denied|must be owner/);
      }
    });
  });

  it('may be prepared again, with another password', async () => {
    await prepareCaptureRole({ databaseUrl: server.url, ...ROLE });
    await prepareCaptureRole({ databaseUrl: server.url, ...ROLE, password: 'another' });
    await expect(asCapture(ROLE.password, async () => {})).rejects.toThrow(/password authentication failed/);
    await asCapture('another', async (client) => {
      expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    });
  });

  const asOwner = <T>(work: (client: pg.Client) => Promise<T>) => connected(server.url, work);

  function asCapture<T>(password: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
    const url = new URL(server.url);
    url.username = ROLE.role;
    url.password = encodeURIComponent(password);
    return connected(url.href, work);
  }
});

async function connected<T>(connectionString: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** What the image's entrypoint runs at its first start, in its order. */
async function initScripts(): Promise<string[]> {
  const root = resolve(import.meta.dirname, '../..');
  const compose = await readFile(join(root, 'docker-compose.yml'), 'utf8');
  const mounts = [...compose.matchAll(/- \.\/(\S+):\/docker-entrypoint-initdb\.d\/(\S+):ro/g)];
  const files = mounts.map(([, file = '', as = '']) => ({ file, as }));
  files.sort((a, b) => a.as.localeCompare(b.as));
  return Promise.all(files.map(({ file }) => readFile(join(root, file), 'utf8')));
}
