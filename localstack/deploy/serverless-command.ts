import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { PlatformError } from '../../shared/errors.ts';
import { childEnvironment, type Environment } from '../../shared/runtime/config.ts';
import { EMULATOR_KEYS } from './function-settings.ts';
import type { LocalDeployment } from './plan-local-deployment.ts';

/** Where all of it is on an emulator; functions take their region from their stack. */
export const EMULATOR_REGION = 'eu-central-1';

/** The environment of every process that talks to the emulator, and can talk to nothing else: no key of a real account is left in it. */
export function emulatorEnvironment({ endpoint, settings }: LocalDeployment): Environment {
  return {
    ...childEnvironment(settings),
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: EMULATOR_REGION,
    AWS_ACCESS_KEY_ID: EMULATOR_KEYS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: EMULATOR_KEYS.secretAccessKey,
    AWS_SESSION_TOKEN: undefined,
    AWS_PROFILE: undefined,
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    SLS_NOTIFICATIONS_MODE: 'off',
  };
}

/**
 * Runs `sls <verb>` for the stage; its output goes to `write`.
 * @throws PlatformError `serverless_failed`
 */
export async function serverlessCommand(
  verb: 'deploy' | 'remove',
  deployment: LocalDeployment,
  cwd: string,
  write: (text: string) => void,
): Promise<void> {
  const serverless = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');
  const { emulator, stage, schedule } = deployment;
  const params = [`cloud=${emulator}`, ...(schedule === null ? [] : [`pipelineSchedule=${schedule}`])];
  const options = ['--stage', stage, ...params.map((param) => `--param=${param}`)];
  const child = spawn(process.execPath, [serverless, verb, ...options], {
    cwd,
    env: { ...emulatorEnvironment(deployment) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', write);
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code === 0) return;
  throw new PlatformError('serverless_failed', `sls ${verb} ended with code ${code}; it has said why above`);
}
