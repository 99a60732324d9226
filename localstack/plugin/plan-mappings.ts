import { epochMillis } from '../../shared/domain/index.ts';
import { PlatformError } from '../../shared/errors.ts';
import type { LambdaEventSource, StartingPosition } from '../../shared/kafka/index.ts';
import { destinationAddress, type MappingSettings, mappingSettings } from '../poller/index.ts';
import type {
  FunctionDefinition,
  KafkaEvent,
  MskEvent,
  ServerlessInstance,
  TopicEvent,
} from './serverless-service.ts';

export interface PlannedMapping {
  readonly settings: MappingSettings;
  readonly source: LambdaEventSource;
  /** The function's name as deployed. */
  readonly deployedName: string;
  readonly functionArn: string;
  /** Invocations at a time of this mapping. */
  readonly concurrency: number;
  /** Invocations at a time of the function, over all its mappings. */
  readonly reservedConcurrency: number | null;
}

/**
 * One mapping for each enabled `kafka` and `msk` event of each function.
 * @throws PlatformError `invalid_event_source_mapping`, `invalid_filter_pattern`, `invalid_on_failure_destination`
 */
export function planMappings({ service }: Pick<ServerlessInstance, 'service'>): PlannedMapping[] {
  const planned = service.getAllFunctions().flatMap((functionName) => {
    const definition = service.getFunction(functionName);
    return (definition.events ?? []).flatMap(({ kafka, msk }) => {
      const event = kafka ?? msk;
      if (event === undefined || event.enabled === false) return [];
      const source = kafka === undefined ? mskSource(msk!) : selfManagedSource(kafka);
      return [planMapping(service, functionName, definition, event, source)];
    });
  });
  refuseSharedGroups(planned);
  return planned;
}

function planMapping(
  { service, provider }: ServerlessInstance['service'],
  functionName: string,
  definition: FunctionDefinition,
  event: TopicEvent,
  source: LambdaEventSource,
): PlannedMapping {
  const deployedName = definition.name ?? `${service}-${provider.stage ?? 'dev'}-${functionName}`;
  const place = `event of ${functionName} on ${event.topic}`;
  return {
    settings: mappingSettings({
      functionName,
      topic: event.topic,
      groupId: event.consumerGroupId ?? `${service}-${functionName}-${event.topic}`,
      functionTimeoutSeconds: definition.timeout ?? provider.timeout ?? DEFAULT_TIMEOUT_SECONDS,
      startingPosition: startingPositionOf(event, place),
      reportBatchItemFailures: event.functionResponseTypes?.includes('ReportBatchItemFailures') ?? false,
      ...given('batchSize', event.batchSize),
      ...given('maximumBatchingWindowSeconds', event.maximumBatchingWindow),
      ...given('maximumRetryAttempts', event.maximumRetryAttempts),
      ...given('maximumRecordAgeSeconds', event.maximumRecordAgeInSeconds),
      ...given('bisectBatchOnFunctionError', event.bisectBatchOnFunctionError),
      ...given('filterPatterns', event.filterPatterns),
      ...(event.onFailureDestination !== undefined && {
        onFailureDestination: destinationAddress(event.onFailureDestination),
      }),
    }),
    source,
    deployedName,
    functionArn: `arn:aws:lambda:${provider.region ?? 'us-east-1'}:000000000000:function:${deployedName}`,
    concurrency: INVOCATIONS_OF_ONE_POLLER * mostPollers(event, place),
    reservedConcurrency: definition.reservedConcurrency ?? null,
  };
}

/** osls's own default. */
const DEFAULT_TIMEOUT_SECONDS = 6;

/** Source: https://docs.aws.amazon.com/lambda/latest/dg/kafka-scaling-modes.html */
const INVOCATIONS_OF_ONE_POLLER = 5;

function given<Name extends keyof MappingSettings>(
  name: Name,
  value: MappingSettings[Name] | undefined,
): Partial<MappingSettings> {
  return value === undefined ? {} : { [name]: value };
}

function startingPositionOf(event: TopicEvent, place: string): StartingPosition {
  const type = event.startingPosition ?? 'TRIM_HORIZON';
  if (type !== 'AT_TIMESTAMP') return { type };
  const seconds = event.startingPositionTimestamp;
  if (seconds === undefined) throw invalid(place, 'AT_TIMESTAMP needs startingPositionTimestamp in seconds');
  return { type, timestamp: epochMillis(Math.round(seconds * 1000)) };
}

/** A poller here costs nothing, so that a minimum has no meaning; the maximum bounds the invocations at a time. */
function mostPollers({ provisionedPollerConfig: pollers }: TopicEvent, place: string): number {
  if (pollers === undefined) return 1;
  const { minimumPollers = 1, maximumPollers = Math.max(200, minimumPollers) } = pollers;
  const isWithin = (value: number, most: number) => Number.isInteger(value) && value >= 1 && value <= most;
  if (!isWithin(minimumPollers, 200) || !isWithin(maximumPollers, 2000) || minimumPollers > maximumPollers) {
    throw invalid(
      place,
      `provisionedPollerConfig must have minimumPollers from 1 to 200 and maximumPollers from that to 2000, got ${minimumPollers} and ${maximumPollers}`,
    );
  }
  return maximumPollers;
}

function selfManagedSource({ bootstrapServers = [] }: KafkaEvent): LambdaEventSource {
  return { eventSource: 'SelfManagedKafka', bootstrapServers: bootstrapServers.join(',') };
}

function mskSource({ arn }: MskEvent): LambdaEventSource {
  const eventSourceArn = typeof arn === 'string' ? arn : UNRESOLVED_CLUSTER;
  return { eventSource: 'aws:kafka', eventSourceArn, bootstrapServers: LOCAL_BROKERS };
}

/** AWS asks the cluster for its brokers. */
const LOCAL_BROKERS = '127.0.0.1:9092';
const UNRESOLVED_CLUSTER = 'arn:aws:kafka:us-east-1:000000000000:cluster/unresolved/0';

/** Two mappings of one group would take partitions from each other, and commit for each other. */
function refuseSharedGroups(planned: readonly PlannedMapping[]): void {
  const owners = new Map<string, MappingSettings>();
  for (const { settings } of planned) {
    const owner = owners.get(settings.groupId);
    if (owner !== undefined) {
      throw invalid(
        `event of ${settings.functionName} on ${settings.topic}`,
        `consumer group ${settings.groupId} is that of ${owner.functionName} on ${owner.topic}; give it a consumerGroupId of its own`,
      );
    }
    owners.set(settings.groupId, settings);
  }
}

function invalid(place: string, problem: string): PlatformError {
  return new PlatformError('invalid_event_source_mapping', `${place}: ${problem}`);
}
