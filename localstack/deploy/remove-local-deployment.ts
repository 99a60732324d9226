import { PlatformError } from '../../shared/errors.ts';
import { parseConfig } from '../../shared/runtime/config.ts';
import { readDeployedStage, removeDeployedStage } from './deployed-stage.ts';
import type { LocalDeployment } from './plan-local-deployment.ts';
import { serverlessCommand } from './serverless-command.ts';
import { stackExists } from './stack-exists.ts';

/**
 * Removes a deployed stage with its lake and its control table.
 * @throws PlatformError `not_deployed`, `serverless_failed`
 */
export async function removeLocalDeployment(
  deployment: LocalDeployment,
  cwd: string,
  write: (text: string) => void,
): Promise<void> {
  const { dataDir } = parseConfig(deployment.settings, cwd);
  const { functionPrefix } = readDeployedStage(dataDir, deployment.stage);
  const stack = functionPrefix.slice(0, -1);
  try {
    await serverlessCommand('remove', deployment, cwd, write);
  } catch (error) {
    // Its last step asks for images of containers, which LocalStack's open edition does not have.
    const isRemoved = !(await stackExists(deployment.endpoint, stack));
    if (!(error instanceof PlatformError && isRemoved)) throw error;
  }
  removeDeployedStage(dataDir, deployment.stage);
  write(`\nremoved: stack ${stack}\n`);
}
