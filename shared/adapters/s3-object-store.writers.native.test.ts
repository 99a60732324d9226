/** Writers of one table over a MinIO of their own, which is killed while they commit. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StartedService, startService } from '../../localstack/services/native/index.ts';
import { commitTurns, everyTurnOnce, openSharedStore, readTurns, type SharedStore } from './lake-writer.ts';
import { lakeWritersContract } from './lake-writers.contract.ts';
import { type TestBuckets, testBuckets } from './s3-object-store-testing.ts';

const WRITERS = 8;
const TURNS = 20;
/** Commits in all after which the server is killed. */
const KILLS = [10, 45, 80, 115, 145];

let dataDir: string;
let minio: StartedService;
let buckets: TestBuckets;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'minio-killed-'));
  minio = await startService('minio', { dataDir });
  buckets = testBuckets(minio);
});
afterAll(async () => {
  await minio?.stop();
  await rm(dataDir, { recursive: true, force: true });
});

const newStore = async (): Promise<SharedStore> => ({ s3: await buckets.create('lake') });

describe('one table', () => {
  lakeWritersContract('MinIO', newStore);

  it(`eight writers through ${KILLS.length} kill -9 of MinIO make contiguous versions, lose no row, and none is there twice`, async () => {
    const shared = await newStore();
    let committed = 0;
    const kills = [...KILLS];
    let restarting: Promise<void> = Promise.resolve();
    const onCommitted = (): void => {
      committed += 1;
      if (committed !== kills[0]) return;
      kills.shift();
      restarting = restarting.then(killAndRestart);
    };
    const stores = await Promise.all(Array.from({ length: WRITERS }, () => openSharedStore(shared)));
    await Promise.all(stores.map((store, writer) => commitTurns(store, writer, TURNS, onCommitted)));
    await restarting;
    expect(kills).toEqual([]);
    expect(await readTurns(await openSharedStore(shared), WRITERS)).toEqual(everyTurnOnce(WRITERS, TURNS));
  });
});

async function killAndRestart(): Promise<void> {
  const { url } = minio;
  await minio.kill();
  minio = await startService('minio', { dataDir });
  expect(minio.url).toBe(url);
}
