import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { openFolderStore } from '../../shared/adapters/fs-object-store.ts';
import { PlatformError } from '../../shared/errors.ts';
import { childEnvironment } from '../../shared/runtime/config.ts';
import { startEmbeddedPostgres } from '../services/embedded/postgres/index.ts';
import { freePort } from '../services/free-port.ts';
import { seededRandom } from '../shop/index.ts';
import type { HostReady } from './cdc-host.ts';
import { LakeChecker, LakeFollower } from './cdc-lake.ts';
import { prepareShop, ShopWriter } from './cdc-workload.ts';

const SEED = 11;
/** So that what a commit waits for the disk bounds nothing. */
const WRITERS = 4;

/** Embedded Postgres with a shop and its writers, and the platform's process with what its lake holds. */
export interface Pipeline {
  readonly shop: pg.Client;
  readonly writers: readonly ShopWriter[];
  readonly lake: LakeFollower;
  readonly checker: LakeChecker;
  readonly postgresPid: number;
  readonly hostPid: number;
  readonly ownThreads: ReadonlySet<number>;
}

/** @param profileFolder where the platform leaves a CPU profile of each of its threads */
export async function withPipeline(
  functionNames: readonly string[],
  profileFolder: string | undefined,
  work: (pipeline: Pipeline) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'cdc-bench-'));
  const log = { log: (level: string, message: string) => process.stderr.write(`${level} ${message}\n`) };
  const postgres = await startEmbeddedPostgres({
    dataDir: join(folder, 'postgres'),
    port: await freePort(0),
    log,
  });
  const clients = Array.from({ length: WRITERS }, () => new pg.Client({ connectionString: postgres.url }));
  const [shop] = clients as [pg.Client];
  try {
    await Promise.all(clients.map((client) => client.connect()));
    await prepareShop(shop);
    const lakehouse = join(folder, 'lakehouse');
    const store = await openFolderStore(lakehouse);
    const host = await startHost(postgres.url, folder, functionNames, profileFolder);
    const checker = await LakeChecker.open(store);
    try {
      await work({
        shop,
        writers: clients.map((client, index) => {
          return new ShopWriter(client, seededRandom(SEED).fork(index), index);
        }),
        lake: new LakeFollower(store, lakehouse),
        checker,
        postgresPid: postgres.pid,
        hostPid: host.pid,
        ownThreads: host.ownThreads,
      });
    } finally {
      checker.close();
      await host.stop();
    }
  } finally {
    await Promise.all(clients.map((client) => client.end()));
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function startHost(
  databaseUrl: string,
  dataDir: string,
  functionNames: readonly string[],
  profileFolder: string | undefined,
) {
  const profiling = profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`];
  const child = fork(join(import.meta.dirname, 'cdc-host.ts'), [databaseUrl, ...functionNames], {
    // As `npm start` runs the platform.
    execArgv: ['--max-old-space-size=512', '--import', 'tsx', ...profiling],
    env: { ...childEnvironment({ DATA_DIR: dataDir }), MALLOC_ARENA_MAX: '2' },
  });
  const ended = once(child, 'exit');
  const [ready] = (await Promise.race([
    once(child, 'message'),
    ended.then(([code]) => {
      throw new PlatformError(
        'bench_host_ended',
        `the platform's process ended at its start with code ${code}`,
      );
    }),
  ])) as [HostReady];
  return {
    pid: child.pid as number,
    ownThreads: new Set(ready.ownThreads),
    stop: async () => {
      child.disconnect();
      await ended;
    },
  };
}
