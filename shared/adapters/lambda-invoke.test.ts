import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AwsSigning, signedHeaders } from './aws-signature.ts';
import { createLambdaInvoke } from './lambda-invoke.ts';

interface Canned {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body: string;
}

/** What AWS and serverless-offline answer, as their documentation and source have it. */
const ANSWERS: Readonly<Record<string, Canned>> = {
  'returns-nothing-on-aws': { status: 200, body: 'null' },
  'returns-nothing-in-serverless-offline': { status: 200, body: '' },
  'throws-on-aws': {
    status: 200,
    headers: { 'X-Amz-Function-Error': 'Unhandled' },
    body: '{"errorMessage":"no interactions","errorType":"PlatformError","stackTrace":["at …"]}',
  },
  'throws-in-serverless-offline': {
    status: 200,
    headers: { 'X-Amz-Function-Error': 'Unhandled' },
    body: '{"errorMessage":"[504] - Lambda timeout.","errorType":"Error","trace":["at …"]}',
  },
  'is-unknown': {
    status: 404,
    headers: { 'x-amzn-ErrorType': 'ResourceNotFoundException' },
    body: '{"Message":"Function not found: is-unknown","Type":"User"}',
  },
  'is-throttled': { status: 429, body: '{"Message":"Rate exceeded"}' },
  'is-broken': { status: 502, body: '<html>bad gateway</html>' },
  'is-refused': { status: 403, headers: { 'x-amzn-ErrorType': 'AccessDeniedException' }, body: '{}' },
};

const SIGNING: AwsSigning = {
  region: 'eu-central-1',
  credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'token' },
};

/** As AWS does: signs what has arrived and compares. The signature itself is held against AWS's own vectors elsewhere. */
function judgeSignature({ method = '', url = '', headers }: IncomingMessage, body: string): Canned {
  const time = String(headers['x-amz-date']);
  const expected = signedHeaders(
    {
      method,
      url: new URL(url, `http://${headers.host}`),
      headers: {
        'content-type': String(headers['content-type']),
        'x-amz-invocation-type': String(headers['x-amz-invocation-type']),
      },
      body,
    },
    'lambda',
    SIGNING,
    new Date(COMPACT_TIME.test(time) ? time.replace(COMPACT_TIME, '$1-$2-$3T$4:$5:$6Z') : 0),
  );
  return headers.authorization === expected.authorization
    ? { status: 200, body: '"signed"' }
    : { status: 403, body: '{"Message":"The request signature does not match"}' };
}

const COMPACT_TIME = /(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/;

describe('lambda invoke', () => {
  let server: Server;
  let invoke: ReturnType<typeof createLambdaInvoke>;
  beforeAll(async () => {
    server = createServer(async (request, response) => {
      const name = decodeURIComponent(request.url?.split('/')[3] ?? '');
      const body = await text(request);
      const canned = name === 'wants-a-signature' ? judgeSignature(request, body) : ANSWERS[name];
      const echo = JSON.stringify({ url: request.url, method: request.method, got: JSON.parse(body) });
      if (name === 'never-answers') return;
      response.writeHead(canned?.status ?? 200, canned?.headers).end(canned?.body ?? echo);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    invoke = createLambdaInvoke({ endpoint: `http://127.0.0.1:${port}`, timeoutMs: 300 });
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it('posts the payload to the function and answers what it returned', async () => {
    expect(await invoke('shop-dev-train model', { runId: 'r1', text: 'ü' })).toEqual({
      url: '/2015-03-31/functions/shop-dev-train%20model/invocations',
      method: 'POST',
      got: { runId: 'r1', text: 'ü' },
    });
  });

  it.each(['returns-nothing-on-aws', 'returns-nothing-in-serverless-offline'])('%s: null', async (name) => {
    expect(await invoke(name, {})).toBeNull();
  });

  it.each([
    ['throws-on-aws', 'function_failed', true, 'throws-on-aws failed: no interactions'],
    ['throws-in-serverless-offline', 'function_failed', true, /Lambda timeout/],
    ['is-unknown', 'function_not_found', false, /answered 404: Function not found/],
    ['is-throttled', 'function_throttled', true, /answered 429: Rate exceeded/],
    ['is-broken', 'function_unreachable', true, /answered 502: .*bad gateway/],
    ['is-refused', 'invocation_refused', false, /answered 403: AccessDeniedException/],
    ['never-answers', 'function_unreachable', true, /gave no answer/],
  ])('%s: %s', async (name, code, retryable, message) => {
    const error = await invoke(name, {}).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, retryable, message: expect.stringMatching(message) });
  });

  it('signs what it sends, where it has credentials', async () => {
    const { port } = server.address() as AddressInfo;
    const options = { endpoint: `http://127.0.0.1:${port}`, timeoutMs: 1000 };
    const signed = createLambdaInvoke({ ...options, signing: SIGNING });
    expect(await signed('wants-a-signature', { text: 'ü' })).toBe('signed');
    await expect(createLambdaInvoke(options)('wants-a-signature', {})).rejects.toMatchObject({
      code: 'invocation_refused',
    });
    const other = { ...SIGNING, credentials: { ...SIGNING.credentials, secretAccessKey: 'wrong' } };
    await expect(
      createLambdaInvoke({ ...options, signing: other })('wants-a-signature', {}),
    ).rejects.toMatchObject({ code: 'invocation_refused' });
  });

  it('says where it could not connect', async () => {
    const closed = createLambdaInvoke({ endpoint: 'http://127.0.0.1:1', timeoutMs: 1000 });
    await expect(closed('train-model', {})).rejects.toMatchObject({
      code: 'function_unreachable',
      retryable: true,
      message: expect.stringContaining('http://127.0.0.1:1'),
    });
  });
});
