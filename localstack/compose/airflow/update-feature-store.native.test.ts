import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { json } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DAILY_PIPELINE } from '../../../functions/run-pipeline/pipeline.ts';
import { epochMillis } from '../../../shared/domain/index.ts';
import { parseRunRequest } from '../../../shared/runtime/run-request.ts';
import { pythonVenv } from '../python-venv.fixture.ts';

const DAG = 'update_feature_store';
const PREFIX = 'customer-insight-local-';
const INSTALL_MS = 600_000;

interface Call {
  readonly name: string;
  readonly payload: { readonly runId: string; readonly attempt: number; readonly upstream: object };
}

interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

describe(`the DAG ${DAG}`, () => {
  let home: string;
  let airflowProgram: string;
  let endpoint: Server;
  let calls: Call[];
  /** What the function of a name answers; by default its report. */
  let answer: (name: string) => Reply;

  beforeAll(async () => {
    const bin = await pythonVenv('airflow-3.3.2', join(import.meta.dirname, 'requirements.txt'));
    airflowProgram = join(bin, 'airflow');
    home = await mkdtemp(join(tmpdir(), 'airflow-'));
    endpoint = createServer((request, response) => {
      void json(request).then((payload) => {
        const [, name = ''] = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(request.url ?? '') ?? [];
        calls.push({ name, payload: payload as Call['payload'] });
        const { status = 200, headers = {}, body } = answer(name);
        response.writeHead(status, headers).end(JSON.stringify(body));
      });
    });
    await new Promise<void>((listening) => endpoint.listen(0, '127.0.0.1', listening));
    await airflow('db', 'migrate');
  }, INSTALL_MS);

  afterAll(async () => {
    endpoint?.close();
    await rm(home, { recursive: true, force: true });
  });

  beforeEach(() => {
    calls = [];
    answer = (name) => ({ body: { done: name } });
  });

  it('is imported without an error', async () => {
    const { stdout } = await airflow('dags', 'list-import-errors', '--output', 'json');
    expect(lastJson(stdout)).toEqual([]);
  });

  it('calls the functions of the pipeline one after the other, each with the report before it', async () => {
    const before = Date.now();
    await airflow('dags', 'test', DAG);
    expect(calls.map(({ name }) => name)).toEqual(DAILY_PIPELINE.jobs.map(({ name }) => PREFIX + name));
    expect(calls.map(({ payload }) => payload.upstream)).toEqual([
      {},
      { 'build-features': { done: `${PREFIX}build-features` } },
      { 'load-online-store': { done: `${PREFIX}load-online-store` } },
      { 'train-model': { done: `${PREFIX}train-model` } },
    ]);
    expect(calls.map(({ payload }) => payload.attempt)).toEqual([1, 1, 1, 1]);
    // One run id, which the functions read: it says when the run began.
    expect(new Set(calls.map(({ payload }) => payload.runId)).size).toBe(1);
    const { asOf } = parseRunRequest(calls[0]?.payload, epochMillis(0), () => 'unused');
    expect(asOf).toBeGreaterThanOrEqual(before);
    expect(asOf).toBeLessThanOrEqual(Date.now());
  });

  it('repeats a function that threw, then fails with its message and leaves what comes after it', async () => {
    answer = (name) =>
      name === `${PREFIX}load-online-store`
        ? {
            headers: { 'X-Amz-Function-Error': 'Unhandled' },
            body: { errorType: 'PlatformError', errorMessage: 'redis is away' },
          }
        : { body: { done: name } };
    await expect(airflow('dags', 'test', DAG)).rejects.toMatchObject({
      code: 1,
      output: expect.stringContaining(`${PREFIX}load-online-store failed: redis is away`),
    });
    expect(calls.map(({ name, payload }) => [name.slice(PREFIX.length), payload.attempt])).toEqual([
      ['build-features', 1],
      ['load-online-store', 1],
      ['load-online-store', 2],
      ['load-online-store', 3],
    ]);
    expect(new Set(calls.map(({ payload }) => payload.runId)).size).toBe(1);
  });

  it('does not repeat a call that is refused for good', async () => {
    answer = () => ({ status: 404, body: { Message: 'Function not found' } });
    await expect(airflow('dags', 'test', DAG)).rejects.toMatchObject({
      code: 1,
      output: expect.stringContaining(`invoking ${PREFIX}build-features answered 404`),
    });
    expect(calls).toHaveLength(1);
  });

  /** @returns all that it printed; rejects with it, as `output`, where the command fails */
  async function airflow(...args: readonly string[]): Promise<{ stdout: string }> {
    const { port } = endpoint.address() as AddressInfo;
    try {
      return await promisify(execFile)(airflowProgram, [...args], {
        maxBuffer: 64 * 1024 * 1024,
        env: {
          PATH: process.env.PATH,
          HOME: home,
          AIRFLOW_HOME: home,
          AIRFLOW__CORE__DAGS_FOLDER: resolve(import.meta.dirname, 'dags'),
          AIRFLOW__CORE__LOAD_EXAMPLES: 'false',
          PYTHONDONTWRITEBYTECODE: '1',
          LAMBDA_ENDPOINT: `http://127.0.0.1:${port}`,
          LAMBDA_FUNCTION_PREFIX: PREFIX,
          LAMBDA_RETRY_SECONDS: '0',
        },
      });
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      throw Object.assign(new Error(`airflow ${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`), {
        code,
        output: stdout + stderr,
      });
    }
  }
});

/** Airflow prints warnings before what it was asked for. */
function lastJson(text: string): unknown {
  return JSON.parse(text.trim().split('\n').at(-1) ?? '');
}
