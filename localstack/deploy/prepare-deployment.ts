import { type Config, parseConfig, settingsEnvironment } from '../../shared/runtime/config.ts';
import { planMappings } from '../plugin/plan-mappings.ts';
import type { PluginLog, ServerlessInstance } from '../plugin/serverless-service.ts';
import { type DeployedFunction, eventsForLocalStack, usePackages } from './adapt-service.ts';
import { completedMapping } from './complete-mapping.ts';
import { type DeployingServerless, deploymentOf } from './deploying-serverless.ts';
import { type Cloud, functionSettings } from './function-settings.ts';
import type { Target } from './native-packages.ts';
import { packageFunctions } from './package-functions.ts';

/** Before osls packages: the functions as archives of their own, with their settings, and the events that the cloud has. */
export async function prepareDeployment(serverless: DeployingServerless, log: PluginLog): Promise<void> {
  const { service, serviceDir } = serverless;
  const deployment = deploymentOf(serverless);
  const settings = settingsEnvironment({}, serviceDir);
  const names = service.getAllFunctions();
  const environment = functionSettings(settings, deployment);
  const packaged = await packageFunctions({
    serviceDir,
    names,
    config: configOf(serverless),
    target: targetOf(serverless, deployment.cloud),
  });
  for (const { name, zippedBytes, unzippedBytes, nativePackages } of packaged) {
    const natives = nativePackages.length === 0 ? '' : ` with ${nativePackages.join(', ')}`;
    log.notice(`${name}: ${megabytes(zippedBytes)} (${megabytes(unzippedBytes)} unzipped)${natives}`);
  }
  const functionOf = (name: string) => service.getFunction(name) as DeployedFunction;
  usePackages(functionOf, packaged);
  service.provider.environment = { ...service.provider.environment, ...environment };
  if (deployment.cloud !== 'localstack') return;
  for (const name of names) functionOf(name).events = eventsForLocalStack(functionOf(name).events);
}

/** After osls has compiled the events: what it leaves out of the mappings. */
export function completeMappings(serverless: DeployingServerless): void {
  const { eventLog } = configOf(serverless);
  if (eventLog.place.kind !== 'kafka') return;
  const { naming } = serverless.getProvider('aws');
  const resources = serverless.service.provider.compiledCloudFormationTemplate?.Resources ?? {};
  for (const { settings } of planMappings(withoutEnvironment(serverless))) {
    const mapping = resources[naming.getKafkaEventLogicalId(settings.functionName, settings.topic)];
    if (mapping?.Properties === undefined) continue;
    mapping.Properties = completedMapping(mapping.Properties, settings, eventLog.place.brokers);
  }
}

/** The service as plans of mappings see it: they know an environment of texts only, and do not read it. */
function withoutEnvironment({ service }: DeployingServerless): Pick<ServerlessInstance, 'service'> {
  return {
    service: {
      service: service.service,
      provider: {},
      getAllFunctions: () => service.getAllFunctions(),
      getFunction: (name) => service.getFunction(name),
    },
  };
}

function configOf({ serviceDir }: DeployingServerless): Config {
  return parseConfig(settingsEnvironment({}, serviceDir), serviceDir);
}

/** Emulators run the functions on this machine. */
function targetOf({ service }: DeployingServerless, cloud: Cloud): Target {
  if (cloud !== 'aws') return { os: process.platform, cpu: process.arch };
  return { os: 'linux', cpu: service.provider.architecture === 'arm64' ? 'arm64' : 'x64' };
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
