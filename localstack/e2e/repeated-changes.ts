import type { EventLog, KafkaRecord } from '../../shared/kafka/index.ts';
import { changeTopic, SHOP_TABLES } from '../../shared/tables/index.ts';

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
  const ends = new Map((await eventLog.positions(topic)).map(({ partition, latest }) => [partition, latest]));
  const waiting = new Set([...ends].filter(([, latest]) => latest > 0).map(([partition]) => partition));
  const records: KafkaRecord[] = [];
  let finished = (): void => undefined;
  let failed = (_: unknown): void => undefined;
  const done = new Promise<void>((resolve, reject) => {
    finished = resolve;
    failed = reject;
  });
  if (waiting.size === 0) return;
  const consumer = await eventLog.subscribe({
    groupId: `count-${topic}-${process.pid}`,
    topic,
    startingPosition: { type: 'TRIM_HORIZON' },
    maxBytes: 1024 * 1024,
    deliver: async (delivered) => {
      records.push(...delivered);
      const last = delivered.at(-1);
      // The last offsets of a partition may be markers of transactions, which are not delivered.
      if (last !== undefined && last.offset >= (ends.get(last.partition) ?? 0) - MARKERS)
        waiting.delete(last.partition);
      if (waiting.size === 0) finished();
    },
    onError: failed,
  });
  await done.finally(() => consumer.stop());
  yield* records;
}

const MARKERS = 2;
