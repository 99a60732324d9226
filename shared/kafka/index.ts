export type { Consumer, EventLog, PartitionPosition, StartingPosition, Subscription } from './event-log.ts';
export type { Headers, KafkaRecord, NewRecord, RecordPosition, TopicPartition } from './record.ts';
