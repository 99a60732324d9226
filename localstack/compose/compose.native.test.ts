import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { composeBinary } from './compose-binary.fixture.ts';

const FILE = resolve(import.meta.dirname, '../../docker-compose.yml');
const PROFILES = ['core', 'bi', 'orchestration'];

describe('docker compose', () => {
  let program: string;
  let folder: string;

  beforeAll(async () => {
    program = await composeBinary();
    folder = await mkdtemp(join(tmpdir(), 'compose-file-'));
  }, 600_000);

  afterAll(() => rm(folder, { recursive: true, force: true }));

  const config = (file: string, ...args: readonly string[]) =>
    promisify(execFile)(program, ['-f', file, ...args], { env: { PATH: process.env.PATH, HOME: folder } });

  it.each(PROFILES)('accepts the profile %s by itself', async (profile) => {
    await config(FILE, '--profile', profile, 'config', '--quiet');
  });

  it('starts every service in one profile or another, and none without', async () => {
    const all = Object.keys((parse(await readFile(FILE, 'utf8')) as { services: object }).services);
    const named = async (...args: string[]) =>
      (await config(FILE, ...args, 'config', '--services')).stdout.split('\n').filter(Boolean).sort();
    expect(await named(...PROFILES.flatMap((profile) => ['--profile', profile]))).toEqual(all.sort());
    expect(await named()).toEqual([]);
  });

  it('publishes on loopback alone, at the ports that variables give', async () => {
    const { stdout } = await promisify(execFile)(
      program,
      ['-f', FILE, '--profile', '*', 'config', '--format', 'json'],
      { env: { PATH: process.env.PATH, HOME: folder, KAFKA_PORT: '29999' } },
    );
    const { services } = JSON.parse(stdout) as {
      services: Record<string, { ports?: { host_ip: string; published: string }[]; environment: object }>;
    };
    const ports = Object.values(services).flatMap(({ ports = [] }) => ports);
    expect(new Set(ports.map(({ host_ip }) => host_ip))).toEqual(new Set(['127.0.0.1']));
    expect(services.kafka?.ports?.map(({ published }) => published)).toEqual(['29999']);
    expect(services.kafka?.environment).toMatchObject({
      KAFKA_ADVERTISED_LISTENERS: 'INTERNAL://kafka:9092,HOST://127.0.0.1:29999',
    });
  });

  it('would refuse a key that it does not know', async () => {
    const mistyped = join(folder, 'docker-compose.yml');
    await writeFile(mistyped, (await readFile(FILE, 'utf8')).replace('healthcheck:', 'healtcheck:'));
    await expect(config(mistyped, '--profile', 'core', 'config', '--quiet')).rejects.toThrow(/healtcheck/);
  });
});
