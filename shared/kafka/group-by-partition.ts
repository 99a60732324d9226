import type { KafkaRecord, TopicPartition } from './record.ts';

export interface PartitionRecords extends TopicPartition {
  /** In the order in which they came. */
  readonly records: readonly KafkaRecord[];
}

/** The records of each partition apart, partitions in the order of their first record. */
export function groupByPartition(records: readonly KafkaRecord[]): readonly PartitionRecords[] {
  const groups = new Map<string, { topic: string; partition: number; records: KafkaRecord[] }>();
  for (const record of records) {
    const { topic, partition } = record;
    const name = `${topic}-${partition}`;
    let group = groups.get(name);
    if (group === undefined) {
      group = { topic, partition, records: [] };
      groups.set(name, group);
    }
    group.records.push(record);
  }
  return [...groups.values()];
}
