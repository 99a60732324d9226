export { concurrencyLimit } from './concurrency-limit.ts';
export {
  type DestinationAddress,
  destinationAddress,
  type QueueAddress,
} from './destinations/destination-address.ts';
export type { DestinationPorts } from './destinations/open-destination.ts';
export { type QuerySenderOptions, querySender, type SignRequest } from './destinations/query-sender.ts';
export type { SendMessage } from './destinations/queue-destination.ts';
export type { ObjectWriter } from './destinations/s3-destination.ts';
export type { EventSourceMapping, EventSourceMappingOptions } from './event-source-mapping.ts';
export { startEventSourceMapping } from './event-source-mapping.ts';
export type { MappingMetrics } from './mapping-metrics.ts';
export { type MappingSettings, mappingSettings, type WantedMapping } from './mapping-settings.ts';
export type { InvokeFunction, OnProblem } from './worker-context.ts';
