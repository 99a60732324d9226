// Hosts one Node function for LocalStack, in place of its own init program, whose protocol this speaks:
// https://github.com/localstack/lambda-runtime-init (cmd/localstack). It says POST <endpoint>/status/<id>/ready or
// /error once, is sent each invocation as POST /invoke, and answers by POST <endpoint>/invocations/<id>/logs and then
// /response or /error.
import http from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';

const environment = process.env;
const endpoint = environment.LOCALSTACK_RUNTIME_ENDPOINT;
const timeoutMs = Number(environment.AWS_LAMBDA_FUNCTION_TIMEOUT ?? 3) * 1_000;
/** What LocalStack keeps of one invocation's log, in characters. */
const MOST_LOG = 65_536;

let log = '';
let requestId = '-';

captureOutput();
try {
  serve(await loadHandler(environment._HANDLER, environment.LAMBDA_TASK_ROOT));
} catch (error) {
  await post(`/status/${environment.LOCALSTACK_RUNTIME_ID}/error`, { ...describe(error), requestId: '' });
  process.exit(1);
}

function serve(handler) {
  const server = http.createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      response.writeHead(200).end();
      void invoke(handler, JSON.parse(Buffer.concat(chunks).toString()));
    });
  });
  server.listen(Number(environment.LAMBDA_HOST_PORT), '127.0.0.1', () =>
    post(`/status/${environment.LOCALSTACK_RUNTIME_ID}/ready`, {}),
  );
}

async function invoke(handler, invocation) {
  requestId = invocation['invoke-id'];
  log = `START RequestId: ${requestId} Version: ${environment.AWS_LAMBDA_FUNCTION_VERSION}\n`;
  if (invocation['trace-id']) environment._X_AMZN_TRACE_ID = invocation['trace-id'];
  const startedAt = performance.now();
  const { result, error, timedOut } = await outcomeOf(handler, invocation, startedAt);
  const ms = (performance.now() - startedAt).toFixed(2);
  if (error !== undefined) write(`${line('ERROR', 'Invoke Error', JSON.stringify(error))}`);
  write(`END RequestId: ${requestId}\nREPORT RequestId: ${requestId}\tDuration: ${ms} ms\n`);
  await post(`/invocations/${requestId}/logs`, { logs: log });
  await post(
    `/invocations/${requestId}/${error === undefined ? 'response' : 'error'}`,
    error ?? result ?? null,
  );
  // What a handler that did not end goes on doing must not reach into the next invocation.
  if (timedOut) process.exit(1);
}

async function outcomeOf(handler, invocation, startedAt) {
  const deadline = startedAt + timeoutMs;
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(() => {
      const errorMessage = `${new Date().toISOString()} ${requestId} Task timed out after ${(timeoutMs / 1_000).toFixed(2)} seconds`;
      resolve({ timedOut: true, error: { errorType: 'Sandbox.Timedout', errorMessage } });
    }, timeoutMs);
  });
  const called = call(
    handler,
    JSON.parse(invocation.payload || 'null'),
    contextOf(invocation, deadline),
  ).then(
    (result) => ({ timedOut: false, result }),
    (thrown) => ({ timedOut: false, error: describe(thrown) }),
  );
  return Promise.race([called, late]).finally(() => clearTimeout(timer));
}

/** A handler answers by a promise, by a callback, or (without a third parameter) by what it returns. */
async function call(handler, event, context) {
  if (handler.length < 3) return handler(event, context);
  return new Promise((resolve, reject) => {
    const returned = handler(event, context, (error, value) => (error ? reject(error) : resolve(value)));
    if (typeof returned?.then === 'function') returned.then(resolve, reject);
  });
}

function contextOf(invocation, deadline) {
  const clientContext = Buffer.from(invocation['client-context'] ?? '', 'base64').toString();
  return {
    awsRequestId: requestId,
    functionName: environment.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: environment.AWS_LAMBDA_FUNCTION_VERSION,
    invokedFunctionArn: invocation['invoked-function-arn'],
    memoryLimitInMB: environment.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: environment.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: environment.AWS_LAMBDA_LOG_STREAM_NAME,
    callbackWaitsForEmptyEventLoop: true,
    clientContext: clientContext === '' ? undefined : JSON.parse(clientContext),
    getRemainingTimeInMillis: () => Math.max(0, Math.round(deadline - performance.now())),
  };
}

/** `folder/file.name` -> the export `name` of folder/file.{js,mjs,cjs} in the function's code. */
async function loadHandler(name, folder) {
  const [, file, exported] = /^(.*)\.([^.]+)$/.exec(name) ?? [];
  if (file === undefined) throw new TypeError(`${name} names no handler`);
  const module = await import(moduleUrl(path.resolve(folder, file)));
  const handler = module[exported] ?? module.default?.[exported];
  if (typeof handler !== 'function') throw new TypeError(`${file} exports no function ${exported}`);
  return handler;
}

function moduleUrl(file) {
  const require = createRequire(file);
  for (const extension of ['.js', '.mjs', '.cjs']) {
    try {
      return pathToFileURL(require.resolve(`${file}${extension}`)).href;
    } catch (error) {
      if (error.code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  throw new TypeError(`${file} has no .js, .mjs or .cjs file`);
}

async function post(route, body) {
  const response = await fetch(`${endpoint}${route}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) process.stderr.write(`${route} was answered by ${response.status}\n`);
  await response.arrayBuffer();
}

function describe(error) {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: format(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') };
}

/** What the function prints goes to its log and to the file of this process. */
function captureOutput() {
  for (const level of ['debug', 'info', 'log', 'warn', 'error']) {
    const name = level === 'log' ? 'INFO' : level.toUpperCase();
    console[level] = (...values) => process.stdout.write(line(name, format(...values)));
  }
  for (const stream of [process.stdout, process.stderr]) {
    const print = stream.write.bind(stream);
    stream.write = (chunk, ...rest) => {
      write(String(chunk));
      return print(chunk, ...rest);
    };
  }
}

function line(level, ...parts) {
  return [new Date().toISOString(), requestId, level, ...parts].join('\t').concat('\n');
}

function write(text) {
  log = (log + text).slice(0, MOST_LOG);
}
