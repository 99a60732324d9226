import { randomUUID } from 'node:crypto';
import middy from '@middy/core';
import { messageOf, PlatformError } from '../errors.ts';
import { refuseOtherSites } from './allowed-hosts.ts';
import type { Config } from './config.ts';
import type { Logger } from './logger.ts';

/**
 * What an HTTP function sees of a request, cut to what is used: of API Gateway's HTTP API (payload format 2.0) and REST API (1.0,
 * which calls the path `path` and leaves the names of headers as they were sent).
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export interface HttpRequest {
  readonly path: string;
  readonly pathParameters: Readonly<Record<string, string | undefined>>;
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string | null;
}

export interface HttpReply {
  readonly status: number;
  /** A string is sent as it is (set `content-type`); anything else as JSON. */
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Status by error code, once for the whole platform; a code that is not listed is 500. */
const STATUS: Readonly<Record<string, number>> = {
  invalid_request: 400,
  forbidden: 403,
  not_found: 404,
  not_ready: 503,
};

/** What an HTTP handler takes from the platform that `compose` gives. */
export interface HttpPlatform {
  readonly logger: Logger;
  readonly config: Pick<Config, 'allowedHosts'>;
}

/**
 * An HTTP Lambda handler around `answer`, which is asked only for requests by an allowed host. Errors become RFC 9457
 * problem details; a 500 tells nothing of its cause.
 */
export function httpHandler(
  answer: (request: HttpRequest) => Promise<HttpReply>,
  { logger, config }: HttpPlatform,
) {
  return middy(async (event: unknown) => {
    const request = toRequest(event);
    refuseOtherSites(request.headers, config.allowedHosts);
    return toResult(await answer(request));
  }).onError((request) => {
    request.response = problemResult(request.error, logger);
  });
}

function toResult(reply: HttpReply) {
  const text = typeof reply.body === 'string';
  return {
    statusCode: reply.status,
    headers: {
      ...(text ? {} : { 'content-type': 'application/json; charset=utf-8' }),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      ...reply.headers,
    },
    body: text ? (reply.body as string) : JSON.stringify(reply.body),
  };
}

function problemResult(error: unknown, logger: Logger) {
  const code = error instanceof PlatformError ? error.code : 'internal';
  const status = STATUS[code] ?? 500;
  const instance = `urn:uuid:${randomUUID()}`;
  if (status >= 500) {
    logger.log(status === 503 ? 'warn' : 'error', messageOf(error), {
      instance,
      error:
        error instanceof Error
          ? { name: error.name, message: error.message, stack: error.stack }
          : String(error),
    });
  }
  const known = error instanceof PlatformError && status !== 500;
  return toResult({
    status,
    headers: { 'content-type': 'application/problem+json; charset=utf-8' },
    body: JSON.stringify({
      type: 'about:blank',
      title: known ? code.replaceAll('_', ' ') : 'internal error',
      status,
      code: known ? code : 'internal',
      detail: known ? messageOf(error) : 'the platform failed to answer; its log names this instance',
      instance,
      ...(known && 'errors' in error.details ? { errors: error.details.errors } : {}),
    }),
  });
}

function toRequest(event: unknown): HttpRequest {
  const source = event as {
    rawPath?: string;
    path?: string;
    pathParameters?: HttpRequest['pathParameters'] | null;
    queryStringParameters?: HttpRequest['query'] | null;
    headers?: HttpRequest['headers'] | null;
    body?: string | null;
    isBase64Encoded?: boolean;
  };
  const body = source.body ?? null;
  return {
    path: source.rawPath ?? source.path ?? '/',
    pathParameters: source.pathParameters ?? {},
    query: source.queryStringParameters ?? {},
    headers: Object.fromEntries(
      Object.entries(source.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
    ),
    body:
      body !== null && source.isBase64Encoded === true ? Buffer.from(body, 'base64').toString('utf8') : body,
  };
}
