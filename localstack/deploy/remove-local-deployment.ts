import { parseConfig } from '../../shared/runtime/config.ts';
import { removeDeployedStage } from './deployed-stage.ts';
import type { LocalDeployment } from './plan-local-deployment.ts';
import { serverlessCommand } from './serverless-command.ts';

/** Removes a deployed stage with its lake and its control table. */
export async function removeLocalDeployment(
  deployment: LocalDeployment,
  cwd: string,
  write: (text: string) => void,
): Promise<void> {
  const { dataDir } = parseConfig(deployment.settings, cwd);
  await serverlessCommand('remove', deployment, cwd, write);
  removeDeployedStage(dataDir, deployment.stage);
}
