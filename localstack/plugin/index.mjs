// The serverless plugin. osls loads it with `require` or `import`, whichever its Node allows, and constructs it at once: so
// this file is plain JavaScript without top-level await, and everything else is TypeScript, loaded when a hook runs.
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { register } from 'tsx/esm/api';

/** What AWS has for Kafka sources and osls's schemas of `kafka` and `msk` events lack. */
const ADDED_PROPERTIES = {
  bisectBatchOnFunctionError: { type: 'boolean' },
  maximumRetryAttempts: { type: 'integer', minimum: -1, maximum: 10_000 },
  maximumRecordAgeInSeconds: { anyOf: [{ const: -1 }, { type: 'integer', minimum: 60, maximum: 604_800 }] },
  functionResponseTypes: { type: 'array', items: { type: 'string', enum: ['ReportBatchItemFailures'] } },
};
const ADDED_MSK_PROPERTIES = { ...ADDED_PROPERTIES, onFailureDestination: { type: 'string' } };

export default class EventSourceMappingPlugin {
  constructor(serverless, cliOptions, { log }) {
    const { configSchemaHandler } = serverless;
    configSchemaHandler.defineFunctionEventProperties('aws', 'kafka', { properties: ADDED_PROPERTIES });
    configSchemaHandler.defineFunctionEventProperties('aws', 'msk', { properties: ADDED_MSK_PROPERTIES });
    let session;
    const offline = async () => {
      session ??= await startSession({ serverless, cliOptions, log });
      return session;
    };
    this.hooks = {
      'before:offline:start': async () => {
        throw new serverless.classes.Error(
          'start with `serverless offline start`: the bare `serverless offline` ends without a last hook',
          'OFFLINE_WITHOUT_START',
        );
      },
      'offline:start:init': async () => (await offline()).init(),
      'offline:start:ready': async () => (await offline()).ready(),
      'offline:start:end': async () => (await offline()).end(),
      'before:invoke:local:invoke': async () => {
        const { prepareInvokeLocal } = await load(new URL('./prepare-invoke-local.ts', import.meta.url));
        try {
          await prepareInvokeLocal(serverless.serviceDir, await load(platformModule(serverless)));
        } catch (error) {
          // osls prints the stack of every error but its own.
          if (error.name !== 'PlatformError') throw error;
          throw new serverless.classes.Error(error.message, error.code.toUpperCase());
        }
      },
      // Lambda freezes a function between invocations; here its connections would keep the process from ending.
      'after:invoke:local:invoke': async () => {
        await new Promise((flushed) => process.stdout.write('', flushed));
        process.exit();
      },
    };
  }
}

async function startSession(options) {
  const [{ OfflineSession }, { startPlatform }] = await Promise.all([
    load(new URL('./offline-session.ts', import.meta.url)),
    load(platformModule(options.serverless)),
  ]);
  return new OfflineSession({ ...options, startPlatform });
}

/** `custom.eventSourceMapping.platform` names another module that exports `startPlatform`, from the service's folder. */
function platformModule({ service, serviceDir }) {
  const named = service.custom?.eventSourceMapping?.platform;
  return named === undefined
    ? new URL('../services/platform.ts', import.meta.url)
    : pathToFileURL(resolve(serviceDir, named));
}

let isRegistered = false;

function load(url) {
  if (!isRegistered) register();
  isRegistered = true;
  return import(url.href);
}
