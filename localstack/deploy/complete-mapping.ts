import type { MappingSettings } from '../poller/index.ts';

/** Properties of an `AWS::Lambda::EventSourceMapping` in a compiled template. */
export type MappingProperties = Readonly<Record<string, unknown>>;

/**
 * What osls 4.3 cannot say of a self-managed Kafka source, as AWS names it, and the brokers that the settings name:
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-eventsourcemapping.html
 * Retries, their limit and the topic for what failed exist only in provisioned mode, which the numbers of pollers turn on:
 * https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html
 */
export function completedMapping(
  properties: MappingProperties,
  settings: MappingSettings,
  brokers: readonly string[],
): MappingProperties {
  const { groupId, maximumRetryAttempts, maximumRecordAgeSeconds, onFailureDestination: failed } = settings;
  return {
    ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 2 },
    ...(failed?.type === 'kafka' && {
      DestinationConfig: { OnFailure: { Destination: `kafka://${failed.topic}` } },
    }),
    ...properties,
    SelfManagedEventSource: { Endpoints: { KafkaBootstrapServers: [...brokers] } },
    SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: groupId },
    MaximumRetryAttempts: maximumRetryAttempts,
    MaximumRecordAgeInSeconds: maximumRecordAgeSeconds,
    BisectBatchOnFunctionError: settings.bisectBatchOnFunctionError,
    ...(settings.reportBatchItemFailures && { FunctionResponseTypes: ['ReportBatchItemFailures'] }),
  };
}
