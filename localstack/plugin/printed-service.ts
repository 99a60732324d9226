import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { messageOf, PlatformError } from '../../shared/errors.ts';
import type { FunctionDefinition, ServerlessInstance } from './serverless-service.ts';

/**
 * serverless.yml as `serverless print` resolves it for a stage, with the names under which its functions are deployed there.
 * @throws PlatformError `service_not_readable` with what osls said
 */
export async function printedService(
  serviceDir: string,
  stage: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Pick<ServerlessInstance, 'service'>> {
  const serverless = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');
  const args = [serverless, 'print', '--stage', stage, '--format', 'json'];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: serviceDir,
    env: { ...env, SLS_NOTIFICATIONS_MODE: 'off' },
    maxBuffer: MOST_OUTPUT_BYTES,
  }).catch((cause: unknown) => {
    const output = (cause as { stderr?: string }).stderr?.trim() || messageOf(cause);
    throw new PlatformError('service_not_readable', `serverless print failed in ${serviceDir}: ${output}`, {
      cause,
    });
  });
  const { service, provider, functions } = JSON.parse(stdout) as PrintedService;
  return {
    service: {
      service,
      // What osls prints here is its default, whatever `--stage` says.
      provider: { ...provider, stage },
      getAllFunctions: () => Object.keys(functions),
      getFunction: (name) => functions[name] ?? {},
    },
  };
}

interface PrintedService {
  readonly service: string;
  readonly provider: ServerlessInstance['service']['provider'];
  readonly functions: Readonly<Record<string, FunctionDefinition>>;
}

const MOST_OUTPUT_BYTES = 16 * 1024 * 1024;
