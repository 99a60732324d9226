export { concurrencyLimit } from './concurrency-limit.ts';
export type { EventSourceMapping, EventSourceMappingOptions } from './event-source-mapping.ts';
export { startEventSourceMapping } from './event-source-mapping.ts';
export type { MappingMetrics } from './mapping-metrics.ts';
export { type MappingSettings, mappingSettings } from './mapping-settings.ts';
