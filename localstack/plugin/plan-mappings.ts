import { epochMillis } from '../../shared/domain/index.ts';
import { PlatformError } from '../../shared/errors.ts';
import type { LambdaEventSource, StartingPosition } from '../../shared/kafka/index.ts';
import { type MappingSettings, mappingSettings } from '../poller/index.ts';
import type { KafkaEvent, ServerlessInstance } from './serverless-service.ts';

export interface PlannedMapping {
  readonly settings: MappingSettings;
  readonly source: LambdaEventSource;
}

/**
 * One mapping for each enabled `kafka` event of each function.
 * @throws PlatformError `invalid_event_source_mapping` for a setting that would otherwise be ignored.
 */
export function planMappings({ service }: Pick<ServerlessInstance, 'service'>): PlannedMapping[] {
  return service.getAllFunctions().flatMap((functionName) =>
    (service.getFunction(functionName).events ?? []).flatMap(({ kafka }) => {
      if (kafka === undefined || kafka.enabled === false) return [];
      const groupId = kafka.consumerGroupId ?? `${service.service}-${functionName}-${kafka.topic}`;
      return [{ settings: settingsOf(functionName, groupId, kafka), source: sourceOf(kafka) }];
    }),
  );
}

function settingsOf(functionName: string, groupId: string, kafka: KafkaEvent): MappingSettings {
  const refuse = (problem: string): never => {
    throw new PlatformError(
      'invalid_event_source_mapping',
      `kafka event of ${functionName} on ${kafka.topic}: ${problem}`,
    );
  };
  if (kafka.filterPatterns !== undefined)
    refuse('filterPatterns are not supported by the local event source mapping');
  const destination = kafka.onFailureDestination;
  if (destination !== undefined && !destination.startsWith(KAFKA_SCHEME)) {
    refuse(`onFailureDestination must be ${KAFKA_SCHEME}<topic>, got ${destination}`);
  }
  return mappingSettings({
    functionName,
    topic: kafka.topic,
    groupId,
    startingPosition: startingPositionOf(kafka, refuse),
    reportBatchItemFailures: kafka.functionResponseTypes?.includes('ReportBatchItemFailures') ?? false,
    ...(kafka.batchSize !== undefined && { batchSize: kafka.batchSize }),
    ...(kafka.maximumBatchingWindow !== undefined && {
      maximumBatchingWindowSeconds: kafka.maximumBatchingWindow,
    }),
    ...(kafka.maximumRetryAttempts !== undefined && { maximumRetryAttempts: kafka.maximumRetryAttempts }),
    ...(destination !== undefined && { deadLetterTopic: destination.slice(KAFKA_SCHEME.length) }),
  });
}

function startingPositionOf(kafka: KafkaEvent, refuse: (problem: string) => never): StartingPosition {
  const type = kafka.startingPosition ?? 'TRIM_HORIZON';
  if (type !== 'AT_TIMESTAMP') return { type };
  const seconds = kafka.startingPositionTimestamp;
  if (seconds === undefined) return refuse('AT_TIMESTAMP needs startingPositionTimestamp in seconds');
  return { type, timestamp: epochMillis(Math.round(seconds * 1000)) };
}

function sourceOf(kafka: KafkaEvent): LambdaEventSource {
  return { eventSource: 'SelfManagedKafka', bootstrapServers: (kafka.bootstrapServers ?? []).join(',') };
}

const KAFKA_SCHEME = 'kafka://';
