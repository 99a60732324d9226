// The runtime of one function: loads its handler and answers LocalStack, which posts invocations to this process and takes answers at
// LOCALSTACK_RUNTIME_ENDPOINT (class ExecutorEndpoint of localstack.services.lambda_.invocation.executor_endpoint, LocalStack 4.14).
import { createServer } from 'node:http';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';

const environment = process.env;
const timeoutMs = Number(environment.AWS_LAMBDA_FUNCTION_TIMEOUT) * 1000;
let written = '';

captureOutput(process.stdout);
captureOutput(process.stderr);

try {
  const handler = await loadHandler(environment._HANDLER);
  createServer(async (request, response) => {
    const invocation = await json(request);
    response.end();
    await answer(handler, invocation);
  }).listen(Number(environment.PROCESS_EXECUTOR_PORT), '127.0.0.1', () =>
    tell(`status/${environment.LOCALSTACK_RUNTIME_ID}/ready`, ''),
  );
} catch (error) {
  await tell(`status/${environment.LOCALSTACK_RUNTIME_ID}/error`, JSON.stringify(describe(error)));
  process.exitCode = 1;
}

/** `folder/file.name` -> the export `name` of the module `folder/file`. */
async function loadHandler(setting) {
  const dot = setting.lastIndexOf('.');
  const name = setting.slice(dot + 1);
  const path = join(environment.LAMBDA_TASK_ROOT, setting.slice(0, dot));
  for (const extension of ['.mjs', '.js', '.cjs']) {
    const url = pathToFileURL(path + extension);
    const module = await import(url.href).catch((error) => {
      // Another module that is missing is the function's own fault.
      if (error.code === 'ERR_MODULE_NOT_FOUND' && error.url === url.href) return null;
      throw error;
    });
    if (module === null) continue;
    const handler = module[name] ?? module.default?.[name];
    if (typeof handler === 'function') return handler;
  }
  throw Object.assign(new Error(`${setting} is undefined or not exported`), {
    name: 'Runtime.HandlerNotFound',
  });
}

async function answer(handler, invocation) {
  const id = invocation['invoke-id'];
  const deadline = Date.now() + timeoutMs;
  written = '';
  let timer;
  const timeout = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new TimedOut(id)), timeoutMs);
  });
  let outcome;
  try {
    const event = JSON.parse(invocation.payload || 'null');
    const result = await Promise.race([handler(event, contextOf(invocation, deadline)), timeout]);
    outcome = { kind: 'response', body: JSON.stringify(result ?? null) };
  } catch (error) {
    outcome = { kind: 'error', body: JSON.stringify(describe(error)), isOver: error instanceof TimedOut };
  }
  clearTimeout(timer);
  const report = `REPORT RequestId: ${id}\tDuration: ${timeoutMs - (deadline - Date.now())} ms\n`;
  const logs = `START RequestId: ${id}\n${written}END RequestId: ${id}\n${report}`;
  await tell(`invocations/${id}/logs`, JSON.stringify({ logs }));
  await tell(`invocations/${id}/${outcome.kind}`, outcome.body);
  // A handler that did not stop in time may never do so.
  if (outcome.isOver) process.exit(1);
}

/** https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html */
function contextOf(invocation, deadline) {
  return {
    awsRequestId: invocation['invoke-id'],
    invokedFunctionArn: invocation['invoked-function-arn'],
    functionName: environment.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: environment.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: environment.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: environment.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: environment.AWS_LAMBDA_LOG_STREAM_NAME,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

class TimedOut extends Error {
  constructor(id) {
    super(`${new Date().toISOString()} ${id} Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`);
    this.name = 'Sandbox.Timedout';
  }
}

/** As Lambda describes what a handler threw. */
function describe(error) {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  return { errorType: name, errorMessage: message, trace: (stack ?? '').split('\n') };
}

async function tell(path, body) {
  const url = `${environment.LOCALSTACK_RUNTIME_ENDPOINT}/${path}`;
  const response = await fetch(url, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json' },
  });
  if (!response.ok) throw new Error(`LocalStack answered ${response.status} to ${path}`);
}

function captureOutput(stream) {
  const write = stream.write.bind(stream);
  stream.write = (chunk, ...rest) => {
    written += chunk;
    return write(chunk, ...rest);
  };
}
