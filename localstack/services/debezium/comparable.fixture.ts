import { type NewRecord, partitionForKey } from '../../../shared/kafka/index.ts';

/** Three partitions, as the topics of the tests have. */
const PARTITIONS = 3;

/** Headers that only one capture writes, or that name a run. */
const HEADERS_LEFT_OUT = ['commit_lsn', 'tx_index', '__debezium.context.runId'];

/**
 * What the two captures are to agree on, a list a partition: the partition, key and value byte for byte, headers. Left out
 * are, in the value, the release of Debezium, the clock of the capture, and the end of the commit before (`sequence`'s
 * first half, null after a start); for snapshot rows also their place and time. A record without a key may lie in any
 * partition, so those are listed by place.
 */
export function comparable(records: readonly NewRecord[]): Readonly<Record<string, readonly string[]>> {
  const lists: Record<string, string[]> = {};
  for (const record of records) {
    const list = `${record.topic}-${partitionOf(record)}`;
    lists[list] = [...(lists[list] ?? []), describe(record)];
  }
  return Object.fromEntries(
    Object.entries(lists)
      .map(([list, all]) => [list, list.endsWith('-none') ? all.sort() : all] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** Where the two differ: the list, the place in it, and the neighbourhood of the first character that is another. */
export function differences(
  ours: Readonly<Record<string, readonly string[]>>,
  debezium: Readonly<Record<string, readonly string[]>>,
): readonly string[] {
  return [...new Set([...Object.keys(ours), ...Object.keys(debezium)])].flatMap((list) => {
    const [mine = [], theirs = []] = [ours[list], debezium[list]];
    const length = Math.max(mine.length, theirs.length);
    return Array.from({ length }, (_, i) => i)
      .filter((i) => mine[i] !== theirs[i])
      .map((i) => `${list} ${i}: ${contrast(mine[i] ?? 'nothing', theirs[i] ?? 'nothing')}`);
  });
}

const AROUND = 80;

function contrast(ours: string, debezium: string): string {
  let at = 0;
  while (ours[at] === debezium[at]) at++;
  const shown = (text: string) => text.slice(Math.max(0, at - AROUND), at + AROUND);
  return `${ours.slice(0, AROUND)} … ours ${shown(ours)} | debezium ${shown(debezium)}`;
}

function partitionOf({ key, partition }: NewRecord): number | 'none' {
  if (key === null) return 'none';
  return partition ?? partitionForKey(key, PARTITIONS);
}

function describe({ key, value, headers = [] }: NewRecord): string {
  const kept = headers
    .filter(([name]) => !HEADERS_LEFT_OUT.includes(name))
    .map(([name, bytes]) => `${name}=${Buffer.from(bytes)}`)
    .sort();
  const keyText = key === null ? 'no key' : Buffer.from(key).toString();
  return `${keyText} | ${value === null ? 'tombstone' : steady(Buffer.from(value).toString())} | ${kept.join(' ')}`;
}

function steady(value: string): string {
  const text = value
    .replace(/"version":"[^"]*"/, '"version":""')
    .replace(/("op":"\w"),"ts_ms":\d+,"ts_us":\d+,"ts_ns":\d+\}$/, '$1}')
    .replace(/"sequence":"\[(?:null|\\"\d+\\"),/, '"sequence":"[…,');
  return text.includes('"op":"r"')
    ? text
        .replace(/"(ts_ms|ts_us|ts_ns|lsn|txId)":\d+/g, '"$1":0')
        .replace(/"sequence":"[^,]*,[^,]*,/, '"sequence":"",')
    : text;
}
