export { ByteArena } from './byte-arena.ts';
export type {
  Assignment,
  CommitOutcome,
  Consumer,
  EventLog,
  PartitionPosition,
  SourceEventLog,
  StartingPosition,
  Subscription,
} from './event-log.ts';
export { eventBytesAroundRecords, MAX_EVENT_BYTES, recordSizer } from './event-size.ts';
export type { PartitionRecords } from './group-by-partition.ts';
export { groupByPartition } from './group-by-partition.ts';
export type { LambdaEventSource, LambdaKafkaEvent, LambdaKafkaRecord } from './lambda-event.ts';
export { eventKey, recordsInEvent, recordsOfEvent, toLambdaEvent } from './lambda-event.ts';
export { offsetLag } from './offset-lag.ts';
export { partitionForKey } from './partitioner.ts';
export type { Headers, KafkaRecord, NewRecord, RecordPosition, TopicPartition } from './record.ts';
