import type { KafkaRecord, TopicPartition } from './record.ts';

/** The records of one topic-partition, in the order given; never empty. */
export interface PartitionRecords extends TopicPartition {
  readonly records: readonly KafkaRecord[];
}

export function groupByPartition(records: readonly KafkaRecord[]): readonly PartitionRecords[] {
  const groups = new Map<string, KafkaRecord[]>();
  for (const record of records) {
    const name = `${record.topic}-${record.partition}`;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [record]);
    else group.push(record);
  }
  return [...groups.values()].map((group) => {
    const { topic, partition } = group[0] as KafkaRecord;
    return { topic, partition, records: group };
  });
}
