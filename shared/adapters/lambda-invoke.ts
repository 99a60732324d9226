/**
 * The Lambda Invoke API: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 * A function that threw answers 200 with header `X-Amz-Function-Error` and its error as the payload
 * `{errorMessage, errorType, stackTrace}`; serverless-offline writes `trace` for `stackTrace` and sends
 * `x-amzn-ErrorType` with 404 for an unknown function, as AWS does.
 */
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { buffer } from 'node:stream/consumers';
import type { InvokeFunction, JsonValue } from '../control/index.ts';
import { messageOf, PlatformError } from '../errors.ts';
import { type AwsSigning, signedHeaders } from './aws-signature.ts';

export interface LambdaInvokeOptions {
  /** E.g. `http://127.0.0.1:3002`. */
  readonly endpoint: string;
  /** null: requests are not signed, which serverless-offline takes and AWS refuses; an emulator looks in its default region. */
  readonly signing?: AwsSigning | null;
  /** Longest wait for the answer; at least the timeout of the slowest function. */
  readonly timeoutMs: number;
}

export function createLambdaInvoke(options: LambdaInvokeOptions): InvokeFunction {
  return async (name, payload) => {
    const url = new URL(`/2015-03-31/functions/${encodeURIComponent(name)}/invocations`, options.endpoint);
    const answer = await post(url, JSON.stringify(payload), options).catch((cause: unknown) => {
      throw new PlatformError(
        'function_unreachable',
        `function ${name} at ${options.endpoint} gave no answer: ${messageOf(cause)}`,
        { retryable: true, cause },
      );
    });
    const body = parseBody(answer.text);
    if (answer.status < 200 || answer.status >= 300) throw refused(name, answer.status, answer.headers, body);
    const functionError = answer.headers['x-amz-function-error'];
    if (functionError !== undefined) throw failed(name, body);
    return body;
  };
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Not `fetch`: it gives up on an answer that takes longer than five minutes, and jobs may. */
function post(url: URL, body: string, { timeoutMs, signing }: LambdaInvokeOptions): Promise<Answer> {
  const method = 'POST';
  const plain = { 'content-type': 'application/json', 'x-amz-invocation-type': 'RequestResponse' };
  const headers = signing
    ? signedHeaders({ method, url, headers: plain, body }, 'lambda', signing, new Date())
    : plain;
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = send(url, {
      method,
      headers,
      signal: AbortSignal.timeout(timeoutMs),
    });
    request.on('error', reject);
    request.on('response', (response) => {
      buffer(response).then(
        (bytes) =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: bytes.toString('utf8'),
          }),
        reject,
      );
    });
    request.end(body);
  });
}

/** A function that returns nothing answers `null` on AWS and an empty body in serverless-offline. */
function parseBody(text: string): JsonValue {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    // A plain text, e.g. the page of a proxy in between; kept as it is for the error message.
    return text;
  }
}

function refused(name: string, status: number, headers: IncomingHttpHeaders, body: JsonValue): PlatformError {
  const reason =
    field(body, 'Message') ?? field(body, 'message') ?? String(headers['x-amzn-errortype'] ?? '');
  const message = `invoking function ${name} answered ${status}: ${reason || JSON.stringify(body)}`;
  if (status === 404) return new PlatformError('function_not_found', message);
  if (status === 429) return new PlatformError('function_throttled', message, { retryable: true });
  if (status >= 500) return new PlatformError('function_unreachable', message, { retryable: true });
  return new PlatformError('invocation_refused', message);
}

function failed(name: string, body: JsonValue): PlatformError {
  const type = field(body, 'errorType');
  const message = field(body, 'errorMessage') ?? JSON.stringify(body);
  return new PlatformError('function_failed', `${name} failed: ${message}`, {
    retryable: true,
    details: { errorType: type ?? null },
  });
}

function field(body: JsonValue, name: string): string | null {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return null;
  const value = (body as Readonly<Record<string, unknown>>)[name];
  return typeof value === 'string' ? value : null;
}
