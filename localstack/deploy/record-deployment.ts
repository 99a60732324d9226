import { PlatformError } from '../../shared/errors.ts';
import { type Overrides, parseConfig, settingsEnvironment } from '../../shared/runtime/config.ts';
import { type DeployedStage, writeDeployedStage } from './deployed-stage.ts';
import { type DeployingServerless, deploymentOf, stackOutputs } from './deploying-serverless.ts';
import { CONTROL_TABLE, type Deployment, EMULATOR_KEYS, LAKE_BUCKET } from './function-settings.ts';

/** After osls has deployed: keeps what came of it for the commands that work beside it. */
export function recordDeployment(serverless: DeployingServerless): DeployedStage {
  const { serviceDir, service } = serverless;
  const deployment = deploymentOf(serverless);
  const stage = serverless.getProvider('aws').getStage();
  const outputs = stackOutputs(serverless);
  const settings = settingsEnvironment({}, serviceDir);
  const deployed: DeployedStage = {
    cloud: deployment.cloud,
    stage,
    region: deployment.region,
    apiUrl: apiUrl(deployment, stage, outputs),
    functionPrefix: `${service.service}-${stage}-`,
    settings: { ...settings, ...settingsOfStack(deployment, outputs, settings) },
  };
  writeDeployedStage(parseConfig(settings, serviceDir).dataDir, deployed);
  return deployed;
}

type Outputs = ReadonlyMap<string, string>;

/** Emulators answer for an API below a path, as its own host name leads nowhere. */
function apiUrl({ cloud, endpoint }: Deployment, stage: string, outputs: Outputs): string {
  const url = outputs.get('HttpApiUrl') ?? outputs.get('ServiceEndpoint');
  if (url === undefined) throw new PlatformError('invalid_deployment', 'the stack has no output for its API');
  if (endpoint === null) return url;
  // No URL to `new URL` where the emulator's name is an address: https://<id>.execute-api.127.0.0.1:4566/<stage>
  const id = /^https:\/\/([^.]+)\./.exec(url)?.[1];
  return `${endpoint}/_aws/execute-api/${id}/${cloud === 'localstack' ? stage : '$default'}`;
}

function settingsOfStack({ region, endpoint }: Deployment, outputs: Outputs, settings: Overrides): Overrides {
  const bucket = outputs.get(`${LAKE_BUCKET}Name`);
  const table = outputs.get(`${CONTROL_TABLE}Name`);
  const isOwnLake = !settings.LAKEHOUSE_URL?.startsWith('s3:');
  return {
    LAMBDA_ENDPOINT: endpoint ?? `https://lambda.${region}.amazonaws.com`,
    ...(isOwnLake && bucket !== undefined && { LAKEHOUSE_URL: `s3://${bucket}`, S3_REGION: region }),
    ...(isOwnLake &&
      endpoint !== null && {
        S3_ENDPOINT: endpoint,
        S3_ACCESS_KEY_ID: EMULATOR_KEYS.accessKeyId,
        S3_SECRET_ACCESS_KEY: EMULATOR_KEYS.secretAccessKey,
      }),
    ...(settings.CONTROL_TABLE_ENDPOINT === undefined &&
      table !== undefined && {
        CONTROL_TABLE_NAME: table,
        ...(endpoint !== null && { CONTROL_TABLE_ENDPOINT: endpoint }),
      }),
  };
}
