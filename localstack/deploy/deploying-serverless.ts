import { PlatformError } from '../../shared/errors.ts';
import type { ServerlessInstance } from '../plugin/serverless-service.ts';
import type { MappingProperties } from './complete-mapping.ts';
import { CLOUDS, type Cloud, type Deployment } from './function-settings.ts';

/** What deployment reads and changes of osls, beside what every plugin does. */
export interface DeployingServerless extends Pick<ServerlessInstance, 'serviceDir'> {
  readonly service: Omit<ServerlessInstance['service'], 'provider'> & {
    readonly provider: {
      environment?: Record<string, unknown>;
      readonly architecture?: string;
      readonly compiledCloudFormationTemplate?: {
        readonly Resources: Record<string, { Properties?: MappingProperties } | undefined>;
      };
    };
  };
  readonly pluginManager: { readonly plugins: readonly { readonly gatheredData?: GatheredData }[] };
  getProvider(name: 'aws'): AwsProvider;
}

interface AwsProvider {
  getRegion(): string;
  getStage(): string;
  readonly naming: {
    getKafkaEventLogicalId(functionName: string, topic: string): string;
  };
}

/** What osls's own plugin `AwsInfo` has asked CloudFormation at the end of a deployment. */
interface GatheredData {
  readonly outputs: readonly { readonly OutputKey: string; readonly OutputValue: string }[];
}

/** Outputs of the deployed stack by name. @throws PlatformError `invalid_deployment` */
export function stackOutputs({ pluginManager }: DeployingServerless): ReadonlyMap<string, string> {
  const outputs = pluginManager.plugins.find(({ gatheredData }) => gatheredData !== undefined)?.gatheredData
    ?.outputs;
  if (outputs === undefined) throw new PlatformError('invalid_deployment', 'osls has gathered no outputs');
  return new Map(outputs.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
}

/** `custom.deployment` of serverless.yml, checked. @throws PlatformError `invalid_deployment` */
export function deploymentOf(serverless: DeployingServerless): Deployment {
  const { cloud, endpoint } = (serverless.service.custom?.deployment ?? {}) as Record<string, unknown>;
  const isCloud = (value: unknown): value is Cloud => CLOUDS.some((known) => known === value);
  if (!isCloud(cloud)) {
    throw new PlatformError(
      'invalid_deployment',
      `custom.deployment.cloud is ${JSON.stringify(cloud)}, must be one of ${CLOUDS.join(', ')}`,
    );
  }
  const at = typeof endpoint === 'string' && endpoint !== '' ? endpoint : null;
  if (cloud !== 'aws' && at === null) {
    throw new PlatformError(
      'invalid_deployment',
      `this stage is for ${cloud}, and without AWS_ENDPOINT_URL it would go to AWS · npm run deploy:local`,
    );
  }
  return { cloud, region: serverless.getProvider('aws').getRegion(), endpoint: at };
}
