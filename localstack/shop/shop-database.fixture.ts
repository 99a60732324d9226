import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '../services/embedded/postgres/index.ts';
import { freePort } from '../services/free-port.ts';
import { applySchema } from './load.ts';

export interface ShopDatabase {
  readonly client: pg.Client;
  readonly url: string;
  /** Empties all tables and starts their numbering again. */
  clear(): Promise<void>;
  stop(): Promise<void>;
}

/** A Postgres of its own with an empty shop, for the tests of one file. */
export async function startShopDatabase(): Promise<ShopDatabase> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'shop-test-'));
  const postgres = await startEmbeddedPostgres({ dataDir, port: await freePort(0), log: { log: () => {} } });
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  await applySchema(client);
  return {
    client,
    url: postgres.url,
    clear: async () => {
      await client.query('truncate users, products, orders, order_items restart identity');
    },
    stop: async () => {
      await client.end();
      await postgres.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
