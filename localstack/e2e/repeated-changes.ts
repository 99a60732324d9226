import { randomUUID } from 'node:crypto';
import type { EventLog, KafkaRecord } from '../../shared/kafka/index.ts';
import { changeTopic, SHOP_TABLES } from '../../shared/tables/index.ts';
import { eventually } from './eventually.ts';

/**
 * Reads all change topics from their beginning. A change is named by topic, key, operation and LSN: rows of one
 * statement share an LSN, but not a key, and a row that one transaction changes twice has two LSNs.
 */
export async function repeatedChanges(
  eventLog: EventLog,
): Promise<{ readonly changes: number; readonly repeated: readonly string[] }> {
  const seen = new Set<string>();
  const repeated: string[] = [];
  for (const table of SHOP_TABLES) {
    for await (const record of recordsOf(eventLog, changeTopic(table))) {
      const change = nameOf(record);
      if (change === null) continue;
      if (seen.has(change)) repeated.push(`${change} (again at ${record.partition}@${record.offset})`);
      seen.add(change);
    }
  }
  return { changes: seen.size, repeated };
}

/** null for a tombstone, which has no LSN. */
function nameOf({ topic, key, value }: KafkaRecord): string | null {
  if (value === null) return null;
  const text = Buffer.from(value).toString('utf8');
  // Taken from the text: LSNs may be beyond the exact numbers of JSON.parse.
  const lsn = /"lsn":(\d+)/.exec(text)?.[1];
  const op = /"op":"(\w)"/.exec(text)?.[1];
  return `${topic} ${key === null ? '' : Buffer.from(key).toString('utf8')} ${op} ${lsn}`;
}

async function* recordsOf(eventLog: EventLog, topic: string): AsyncGenerator<KafkaRecord> {
  const groupId = `${topic}-counted-${randomUUID()}`;
  const records: KafkaRecord[] = [];
  const problems: unknown[] = [];
  const consumer = await eventLog.subscribe({
    groupId,
    topic,
    startingPosition: { type: 'TRIM_HORIZON' },
    maxBytes: 1024 * 1024,
    deliver: async (delivered, assignment) => {
      records.push(...delivered);
      await assignment.commit((delivered.at(-1)?.offset ?? -1) + 1);
    },
    onError: (error) => problems.push(error),
  });
  try {
    await eventually(`reading all of ${topic}`, READ_WITHIN_MS, async () => {
      if (problems.length > 0) throw problems[0];
      const positions = await eventLog.positions(topic, groupId);
      return positions.every(({ latest, committed }) => (committed ?? 0) === latest) ? true : undefined;
    });
  } finally {
    await consumer.stop();
  }
  yield* records;
}

const READ_WITHIN_MS = 300_000;
