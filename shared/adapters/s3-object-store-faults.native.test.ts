/** What the store says when requests and answers are lost, broken or refused between it and MinIO. */
import { randomFillSync } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runningService } from '../../localstack/services/native/running-services.ts';
import type { ObjectStore } from '../lake/index.ts';
import { openS3ObjectStore, type S3ObjectStoreOptions } from './s3-object-store.ts';
import {
  type Fault,
  type FaultProxy,
  openFaultProxy,
  type ProxiedRequest,
} from './s3-object-store-fault-proxy.ts';
import { testBuckets } from './s3-object-store-testing.ts';

const LOST: Fault = { kind: 'lose-answer' };
const CONFLICT: Fault = { kind: 'answer', status: 409, code: 'ConditionalRequestConflict', forward: false };
const SLOW_DOWN: Fault = { kind: 'answer', status: 503, code: 'SlowDown', forward: false };
const FAILED_AFTER_STORING: Fault = { kind: 'answer', status: 500, code: 'InternalError', forward: true };

const buckets = testBuckets(runningService('minio'));
let proxy: FaultProxy;
let options: S3ObjectStoreOptions;
/** Through the proxy. */
let store: ObjectStore;
/** Beside the proxy: what is really there. */
let direct: ObjectStore;

beforeAll(async () => {
  proxy = await openFaultProxy(runningService('minio').url);
  options = await buckets.create('lake');
  direct = await openS3ObjectStore(options);
  store = await openS3ObjectStore({ ...options, endpoint: proxy.url, idleTimeoutMs: 400 });
});
afterEach(() => {
  proxy.decide = () => null;
  proxy.requests.length = 0;
});
afterAll(async () => {
  await proxy.close();
  await buckets.remove();
});

describe('put-if-absent says created to the one whose bytes are there', () => {
  it.each<[string, readonly Fault[]]>([
    ['the answer is lost', [LOST]],
    ['three answers are lost', [LOST, LOST, LOST]],
    ['the answer never comes', [{ kind: 'silence' }]],
    ['the server fails after it has stored', [FAILED_AFTER_STORING]],
    ['the server is busy', [SLOW_DOWN]],
    ['another conditional write is in flight', [CONFLICT]],
    ['the upload breaks off', [{ kind: 'cut-upload' }]],
    ['the answer is lost, then the server is busy, then in conflict', [LOST, SLOW_DOWN, CONFLICT]],
  ])('when %s', async (what, faults) => {
    const path = `created/${what}`;
    proxy.breakNext(isPut, ...faults);
    expect(await store.putIfAbsent(path, bytes('ours'))).toBe('created');
    expect(text(await direct.get(path))).toBe('ours');
    expect(await store.putIfAbsent(path, bytes('ours'))).toBe('exists');
  });

  it('when every answer to a PUT is lost', async () => {
    proxy.decide = (request) => (isPut(request) ? LOST : null);
    const patient = await openStore({ maxAttempts: 3 });
    expect(await patient.putIfAbsent('every answer', bytes('ours'))).toBe('created');
  });

  it('when it is asked who wrote and that answer is lost, too', async () => {
    const pending: Fault[] = [LOST];
    const pendingHead: Fault[] = [LOST, SLOW_DOWN];
    proxy.decide = (request) => (isHead(request) ? pendingHead : pending).shift() ?? null;
    expect(await store.putIfAbsent('who wrote', bytes('ours'))).toBe('created');
    expect(pendingHead).toEqual([]);
  });
});

describe('put-if-absent says exists to everyone else', () => {
  it('with one request where nothing is unclear', async () => {
    await direct.put('there', bytes('theirs'));
    expect(await store.putIfAbsent('there', bytes('ours'))).toBe('exists');
    expect(proxy.requests.map(({ method }) => method)).toEqual(['PUT']);
  });

  it.each<[string, Fault]>([
    ['lost', LOST],
    ['an error', FAILED_AFTER_STORING],
    ['silence', { kind: 'silence' }],
  ])('when the refusal is %s, though the bytes are equal', async (what, fault) => {
    expect(await direct.putIfAbsent(`equal/${what}`, bytes('the same'))).toBe('created');
    proxy.breakNext(isPut, fault);
    expect(await store.putIfAbsent(`equal/${what}`, bytes('the same'))).toBe('exists');
  });

  it('when another creates it while ours is on its way', async () => {
    let release = (): void => undefined;
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    proxy.breakNext(isPut, { kind: 'delay', until });
    const ours = store.putIfAbsent('overtaken', bytes('ours'));
    expect(await direct.putIfAbsent('overtaken', bytes('theirs'))).toBe('created');
    release();
    expect(await ours).toBe('exists');
    expect(text(await direct.get('overtaken'))).toBe('theirs');
  });

  it('whichever of eight callers of equal bytes lose which answers', async () => {
    const faults = [LOST, SLOW_DOWN, CONFLICT, FAILED_AFTER_STORING, { kind: 'cut-upload' }, null] as const;
    for (let round = 0; round < 12; round++) {
      let turn = round;
      proxy.decide = (request) =>
        isPut(request) && turn < round + 16 ? (faults[turn++ % faults.length] ?? null) : null;
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, () => store.putIfAbsent(`race/${round}`, bytes('the same'))),
      );
      expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1);
    }
  });
});

describe('reading and writing', () => {
  it('reads on when an answer breaks off in the middle, or stops', async () => {
    const content = randomFillSync(new Uint8Array(300_000));
    await direct.put('large', content);
    proxy.breakNext(() => true, { kind: 'cut-answer' }, LOST, { kind: 'silence' }, SLOW_DOWN);
    expect(Buffer.compare((await store.get('large')) ?? new Uint8Array(), content)).toBe(0);
    expect(proxy.requests).toHaveLength(5);
  });

  it('lists all when an answer breaks off in the middle', async () => {
    for (const name of ['a', 'b', 'c']) await direct.put(`listed/${name}`, bytes(name));
    proxy.breakNext(() => true, { kind: 'cut-answer' }, LOST, SLOW_DOWN);
    expect((await store.list('listed/')).map(({ path }) => path)).toEqual([
      'listed/a',
      'listed/b',
      'listed/c',
    ]);
  });

  it('puts and deletes through the same failures, and leaves no part of an upload', async () => {
    const content = randomFillSync(new Uint8Array(300_000));
    proxy.breakNext(() => true, { kind: 'cut-upload' }, LOST, SLOW_DOWN);
    await store.put('put', content);
    expect(Buffer.compare((await direct.get('put')) ?? new Uint8Array(), content)).toBe(0);
    proxy.breakNext(() => true, LOST, SLOW_DOWN);
    await store.delete('put');
    expect(await direct.get('put')).toBeNull();
  });

  it('gives up after a bounded number of requests, with a failure that may be tried again', async () => {
    const impatient = await openStore({ maxAttempts: 3 });
    proxy.requests.length = 0;
    proxy.decide = () => SLOW_DOWN;
    await expect(impatient.get('never')).rejects.toMatchObject({
      code: 'object_store_failed',
      retryable: true,
      message: expect.stringMatching(/^could not read never in s3:\/\/.*SlowDown \(503\).*tried 3 times$/),
    });
    expect(proxy.requests).toHaveLength(3);
    await expect(impatient.putIfAbsent('never', bytes('x'))).rejects.toMatchObject({ retryable: true });
  });

  it('does not try again what is refused for good', async () => {
    proxy.decide = () => ({ kind: 'answer', status: 403, code: 'AccessDenied', forward: false });
    await expect(store.putIfAbsent('denied', bytes('x'))).rejects.toMatchObject({
      code: 'object_store_failed',
      retryable: false,
    });
    expect(proxy.requests).toHaveLength(1);
  });
});

function openStore(overrides: Partial<S3ObjectStoreOptions>): Promise<ObjectStore> {
  return openS3ObjectStore({ ...options, endpoint: proxy.url, ...overrides });
}

function isPut({ method }: ProxiedRequest): boolean {
  return method === 'PUT';
}

function isHead({ method }: ProxiedRequest): boolean {
  return method === 'HEAD';
}

function bytes(content: string): Uint8Array {
  return new TextEncoder().encode(content);
}

function text(content: Uint8Array | null): string | null {
  return content === null ? null : new TextDecoder().decode(content);
}
