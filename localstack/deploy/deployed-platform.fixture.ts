import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { cli, type PlatformCommand, ROOT, startPlatformCommand } from '../e2e/platform-command.ts';
import { type DeployedStage, readDeployedStage } from './deployed-stage.ts';

/** A platform that `npm run deploy:local` has deployed and runs beside. */
export interface DeployedPlatform extends PlatformCommand {
  readonly deployed: DeployedStage;
}

/** @param dataDir names the servers: those that were started on this folder */
export async function deployPlatform(
  dataDir: string,
  stage: string,
  ...args: string[]
): Promise<DeployedPlatform> {
  const env = { ...process.env, DATA_DIR: dataDir, NO_COLOR: '1' };
  const platform = await startPlatformCommand('deploy-local', ['--stage', stage, ...args], env);
  return { ...platform, deployed: readDeployedStage(dataDir, stage) };
}

/** `npm run deploy:local -- --remove`; gives what it prints. */
export async function removePlatform(dataDir: string, stage: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    cli('deploy-local', ['--stage', stage, '--remove', ...args]),
    { cwd: ROOT, env: { ...process.env, DATA_DIR: dataDir } },
  );
  return stdout;
}
