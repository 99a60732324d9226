import { describe, expect, it } from 'vitest';
import { PlatformError } from '../errors.ts';
import { type HttpReply, type HttpRequest, httpHandler } from './http-reply.ts';
import { jsonLogger } from './logger.ts';

interface Result {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Lets `answer` answer `event`; gives the result with the lines that were logged. */
async function ask(answer: (request: HttpRequest) => Promise<HttpReply>, event: unknown = {}) {
  const lines: string[] = [];
  const handler = httpHandler(answer, {
    logger: jsonLogger('test', 'debug', (line) => lines.push(line)),
    config: { allowedHosts: ['localhost'] },
  });
  const result: Result = await Reflect.apply(handler, undefined, [event, {}]);
  return { ...result, lines };
}

const thrown = (error: unknown) =>
  ask(async () => {
    throw error;
  });

describe('the request that a function sees', () => {
  const seen = async (event: unknown) =>
    JSON.parse((await ask(async (request) => ({ status: 200, body: request }), event)).body);

  it('is taken from an event of payload format 2.0', async () => {
    const event = {
      version: '2.0',
      rawPath: '/v1/things/7',
      pathParameters: { id: '7' },
      queryStringParameters: { n: '5' },
      headers: { host: 'localhost:3000' },
      body: 'text',
      isBase64Encoded: false,
    };
    expect(await seen(event)).toEqual({
      path: '/v1/things/7',
      pathParameters: { id: '7' },
      query: { n: '5' },
      headers: { host: 'localhost:3000' },
      body: 'text',
    });
  });

  it('is taken from an event of payload format 1.0', async () => {
    const event = {
      path: '/v1/things/7',
      pathParameters: { id: '7' },
      queryStringParameters: null,
      headers: { Host: 'localhost:3000' },
      body: null,
    };
    expect(await seen(event)).toEqual({
      path: '/v1/things/7',
      pathParameters: { id: '7' },
      query: {},
      headers: { host: 'localhost:3000' },
      body: null,
    });
  });

  it('refuses a host that is not allowed, however its header is spelled', async () => {
    const { statusCode } = await ask(async () => ({ status: 200, body: {} }), {
      headers: { Host: 'evil.example' },
    });
    expect(statusCode).toBe(403);
  });

  it('lacks nothing where the event does', async () => {
    expect(await seen({})).toEqual({ path: '/', pathParameters: {}, query: {}, headers: {}, body: null });
  });

  it('has its body decoded from base64', async () => {
    const body = Buffer.from('Grüße').toString('base64');
    expect(await seen({ body, isBase64Encoded: true })).toMatchObject({ body: 'Grüße' });
  });
});

describe('a reply', () => {
  it('is JSON that nobody keeps, unless it says otherwise', async () => {
    const { statusCode, headers, body } = await ask(async () => ({ status: 201, body: { a: 1 } }));
    expect({ statusCode, headers, body }).toEqual({
      statusCode: 201,
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
      },
      body: '{"a":1}',
    });
  });

  it('is sent as it is where it is text, and its headers win', async () => {
    const headers = { 'content-type': 'text/csv', 'cache-control': 'max-age=60' };
    const reply = await ask(async () => ({ status: 200, body: 'a,b', headers }));
    expect(reply.body).toBe('a,b');
    expect(reply.headers).toMatchObject(headers);
  });
});

describe('an error', () => {
  it.each([
    ['invalid_request', 400, 'invalid request'],
    ['forbidden', 403, 'forbidden'],
    ['not_found', 404, 'not found'],
    ['not_ready', 503, 'not ready'],
  ])('%s becomes a problem of status %d', async (code, status, title) => {
    const { statusCode, headers, body } = await thrown(new PlatformError(code, 'what is wrong'));
    expect(statusCode).toBe(status);
    expect(headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(JSON.parse(body)).toEqual({
      type: 'about:blank',
      title,
      status,
      code,
      detail: 'what is wrong',
      instance: expect.stringMatching(/^urn:uuid:[0-9a-f-]{36}$/),
    });
  });

  it('lists the wrong fields', async () => {
    const errors = [{ field: 'n', expected: 'a number', got: 'x' }];
    const { body } = await thrown(new PlatformError('invalid_request', 'n', { details: { errors } }));
    expect(JSON.parse(body)).toMatchObject({ errors });
  });

  it.each([
    new Error('password is hunter2'),
    new PlatformError('lake_corrupt', 'password is hunter2', { details: { errors: ['hunter2'] } }),
    'password is hunter2',
  ])('that is nobody else’s business is a 500 that tells nothing, and is logged: %s', async (error) => {
    const { statusCode, body, headers, lines } = await thrown(error);
    expect(statusCode).toBe(500);
    expect(body + JSON.stringify(headers)).not.toContain('hunter2');
    const { instance, ...problem } = JSON.parse(body) as { instance: string };
    expect(problem).toEqual({
      type: 'about:blank',
      title: 'internal error',
      status: 500,
      code: 'internal',
      detail: 'the platform failed to answer; its log names this instance',
    });
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'ERROR', instance });
    expect(lines[0]).toContain('hunter2');
  });

  it.each([
    ['not_ready', ['WARN']],
    ['invalid_request', []],
    ['not_found', []],
  ])('%s is logged at the levels %j', async (code, levels) => {
    const { lines } = await thrown(new PlatformError(code, 'x'));
    expect(lines.map((line) => JSON.parse(line).level)).toEqual(levels);
  });
});

describe('a request of another site', () => {
  it.each([{ host: 'evil.example' }, { host: 'localhost', origin: 'https://evil.example' }])(
    'is refused before the function sees it: %j',
    async (headers) => {
      let asked = false;
      const answer = async () => {
        asked = true;
        return { status: 200, body: {} };
      };
      const { statusCode, body } = await ask(answer, { headers });
      expect(statusCode).toBe(403);
      expect(JSON.parse(body)).toMatchObject({ code: 'forbidden', status: 403 });
      expect(asked).toBe(false);
    },
  );
});
