import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, connect as openSocket } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { testBuckets } from '../../shared/adapters/s3-object-store-testing.ts';
import { connectClient } from '../services/debezium/index.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../services/embedded/postgres/index.ts';
import { freePort } from '../services/free-port.ts';
import { runningService } from '../services/native/running-services.ts';
import { planTopics } from '../services/topics.ts';
import { ensureShopConnector } from './shop-connector.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const INSTALL_MS = 600_000;
const run = promisify(execFile);

describe('the containers of Node in docker-compose.yml', () => {
  const buckets = testBuckets(runningService('minio'));
  const kafka = new Kafka({
    brokers: [new URL(runningService('kafka').url).host],
    logLevel: logLevel.NOTHING,
  }).admin();
  const connect = connectClient(runningService('connect').url);
  const connector = `compose-test-${process.pid}`;
  const bucket = buckets.name();
  let folder: string;
  let project: string;
  let node: string;
  let postgres: EmbeddedPostgres;
  let topicsBefore: readonly string[];
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    node = await nodeOfImage();
    folder = await mkdtemp(join(tmpdir(), 'compose-containers-'));
    project = join(folder, 'project');
    // What the containers mount, and an empty volume for the packages.
    for (const mounted of ['package.json', 'package-lock.json', 'shared', 'localstack']) {
      await cp(join(ROOT, mounted), join(project, mounted), { recursive: true });
    }
    await mkdir(join(project, 'node_modules'));
    postgres = await startEmbeddedPostgres({
      dataDir: join(folder, 'postgres'),
      port: await freePort(0),
      log: { log: () => {} },
    });
    await kafka.connect();
    topicsBefore = await kafka.listTopics();
  }, INSTALL_MS);

  afterAll(async () => {
    for (const child of children) child.kill();
    if ((await connect.config(connector)) !== null) await connect.remove(connector);
    const topics = (await kafka.listTopics()).filter((topic) => !topicsBefore.includes(topic));
    const ours = topics.filter(
      (topic) => topic.includes(connector) || planTopics(1).some((planned) => planned.topic === topic),
    );
    if (ours.length > 0) await kafka.deleteTopics({ topics: ours });
    await kafka.disconnect();
    await postgres?.stop();
    await buckets.remove();
    await rm(folder, { recursive: true, force: true });
  });

  it(
    'installs the packages once',
    async () => {
      await ours('localstack/compose/install-packages.ts');
      expect(existsSync(join(project, 'node_modules/kafkajs'))).toBe(true);
      expect(existsSync(join(project, 'node_modules/vitest'))).toBe(false);
      expect(await ours('localstack/compose/install-packages.ts')).toBe(
        'packages are as package-lock.json asks\n',
      );
    },
    INSTALL_MS,
  );

  it('makes the role that captures changes', async () => {
    expect(await init('capture-role')).toMatch(/^role capture may stream/);
    expect(await init('capture-role')).toMatch(/^role capture may stream/);
  });

  it('makes the topics', async () => {
    expect(await init('topics')).toMatch(/topics are there/);
    expect(await init('topics')).toMatch(/topics are there/);
    expect(await kafka.listTopics()).toEqual(expect.arrayContaining(planTopics(1).map(({ topic }) => topic)));
  });

  it('makes the bucket', async () => {
    expect(await init('bucket')).toBe(`bucket ${bucket} is there, and keeps what is put if absent\n`);
    expect(await init('bucket')).toBe(`bucket ${bucket} is there, and keeps what is put if absent\n`);
  });

  it('registers the connector with the role, and leaves it to run', async () => {
    const options = {
      connectUrl: runningService('connect').url,
      databaseUrl: captureUrl(),
      name: connector,
      slot: connector.replaceAll('-', '_'),
      topicPrefix: connector,
      patienceMs: 60_000,
    };
    expect(await ensureShopConnector(options)).toBe('registered');
    expect(await ensureShopConnector(options)).toBe('unchanged');
    expect(await connect.config(connector)).toMatchObject({
      'database.user': 'capture',
      'exactly.once.support': 'required',
    });
  });

  it('says what is missing where the settings name no such server', async () => {
    const embedded = { EVENT_LOG_URL: '', CHANGE_CAPTURE: 'embedded' };
    await expect(ours('localstack/cli/init-services.ts', ['topics'], embedded)).rejects.toThrow(
      /this needs EVENT_LOG_URL=kafka:\/\/host:port/,
    );
  });

  it("bridges the address of Docker's network to the loopback", async () => {
    const functions = createServer((socket) => socket.end('answered'));
    const port = await freePort(0);
    await new Promise<void>((listening) => functions.listen(port, '127.0.0.1', listening));
    const args = ['localstack/compose/bridge-functions.ts', '--listen', '127.0.0.2', '--port', String(port)];
    await expect(run(node, [...args, '--check'], { cwd: project })).rejects.toMatchObject({ code: 1 });
    const bridge = spawn(node, args, { cwd: project, stdio: 'ignore' });
    children.push(bridge);
    await vi.waitFor(() => run(node, [...args, '--check'], { cwd: project }), { timeout: 60_000 });
    expect(await text(openSocket(port, '127.0.0.2'))).toBe('answered');
    functions.close();
  });

  const init = (word: string) => ours('localstack/cli/init-services.ts', [word]);

  /** @returns its standard output */
  async function ours(file: string, args: readonly string[] = [], settings = {}): Promise<string> {
    const { url, accessKeyId = '', secretAccessKey = '' } = runningService('minio');
    const { stdout } = await run(node, [file, ...args], {
      cwd: project,
      env: {
        ...process.env,
        PATH: [dirname(node), process.env.PATH].join(delimiter),
        DATA_DIR: join(folder, 'data'),
        SHOP_DATABASE_URL: postgres.url,
        CHANGE_CAPTURE: 'debezium',
        CONNECT_URL: runningService('connect').url,
        CONNECT_DATABASE_URL: captureUrl(),
        EVENT_LOG_URL: runningService('kafka').url,
        LAKEHOUSE_URL: `s3://${bucket}`,
        S3_ENDPOINT: url,
        S3_REGION: 'us-east-1',
        S3_ACCESS_KEY_ID: accessKeyId,
        S3_SECRET_ACCESS_KEY: secretAccessKey,
        ...settings,
      },
    });
    return stdout.replace(/^(added|npm).*\n/gm, '');
  }

  function captureUrl(): string {
    const url = new URL(postgres.url);
    url.username = 'capture';
    url.password = 'capture';
    return url.href;
  }
});

/** The Node of the image, which runs our TypeScript as it is; from npm, kept between runs. */
async function nodeOfImage(): Promise<string> {
  const version = /node:(\d+\.\d+\.\d+)-/.exec(await readFile(join(ROOT, 'docker-compose.yml'), 'utf8'))?.[1];
  const folder = join(homedir(), '.cache/customer-insight', `node-${version}`);
  const name = `node-${process.platform}-${process.arch}`;
  const program = join(folder, 'node_modules', name, 'bin/node');
  if (!existsSync(program)) {
    await mkdir(folder, { recursive: true });
    await run('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', `${name}@${version}`]);
  }
  return program;
}
