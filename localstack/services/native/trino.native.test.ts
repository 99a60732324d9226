import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { trinoClient } from '../../compose/trino/trino-client.ts';
import {
  runningService,
  type StartedService,
  serviceStatus,
  startService,
  stopOrder,
  stopService,
} from './index.ts';
import { listeningOf } from './listening.fixture.ts';

let dataDir: string;
let trino: StartedService;

beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'native trino-'));
  trino = await startService('trino', { dataDir });
}, 1_200_000);

afterAll(async () => {
  for (const name of stopOrder(['minio'])) await stopService(name, dataDir);
  await rm(dataDir, { recursive: true, force: true });
});

it('serves the catalog of the compose file over the MinIO that it needs', async () => {
  const { url, accessKeyId = '', secretAccessKey = '' } = runningService('minio', dataDir);
  const credentials = { accessKeyId, secretAccessKey };
  const s3 = new S3Client({ endpoint: url, region: 'us-east-1', credentials, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'lake' }));
  s3.destroy();
  const { query } = trinoClient({ url: trino.url });
  await query('CREATE SCHEMA lake.probe');
  await query("CREATE TABLE lake.probe.kept AS SELECT 'trino' AS kept");
  expect((await query('SELECT kept FROM lake.probe.kept')).rows).toEqual([['trino']]);
});

it('listens on loopback only', () => {
  const { loopback, reachable } = listeningOf(trino.pid);
  expect(loopback).not.toEqual([]);
  expect(reachable).toEqual([]);
});

it('stops cleanly, before the MinIO that it needs', async () => {
  expect(stopOrder(['minio'])).toEqual(['trino', 'minio']);
  await trino.stop();
  expect(await serviceStatus('trino', dataDir)).toMatchObject({ state: 'stopped', pid: null });
  expect(await serviceStatus('minio', dataDir)).toMatchObject({ state: 'ready' });
});
