import {
  type ChangeEvent,
  centsOf,
  currentRow,
  type EpochMillis,
  isSale,
  moneyOfCents,
  orderId,
  parseMoney,
  REVENUE_TOPIC,
  type Row,
  rowVersion,
  timestampMillis,
  windowStart,
} from '../../shared/domain/index.ts';
import { PlatformError } from '../../shared/errors.ts';
import type { EventLog, KafkaRecord, NewRecord } from '../../shared/kafka/index.ts';
import { type Contribution, keys, type OnlineStore, REVENUE_FIELDS } from '../../shared/online/index.ts';

/** A change together with the partition that it came through. */
export interface OrderChange {
  readonly change: ChangeEvent;
  readonly position: Pick<KafkaRecord, 'topic' | 'partition'>;
}

export interface RevenuePorts {
  readonly online: OnlineStore;
  readonly eventLog: Pick<EventLog, 'append'>;
  readonly now: () => EpochMillis;
}

export interface RevenueReport {
  readonly orders: number;
  readonly windows: number;
}

/**
 * Revenue per UTC minute of the order's creation. Each order contributes its total while it is a sale; a changed order
 * replaces its contribution, so a cancellation subtracts from the minute in which the order was booked, and a late order
 * updates its window. Windows are partial per partition, so partitions never contend. The new value of every touched window
 * is published to `realtime_revenue`, keyed by window and partition: the latest record of a key is its value.
 */
export async function aggregateRevenue(
  changes: readonly OrderChange[],
  ports: RevenuePorts,
): Promise<RevenueReport> {
  const windows = new Map<string, { minute: EpochMillis; partition: number }>();
  const shards = new Map<string, Contribution[]>();
  for (const { change, position } of changes) {
    if (change.op === 't') continue;
    for (const row of [change.before, change.after]) {
      if (row === null) continue;
      const minute = minuteOf(row);
      windows.set(keys.revenue(minute, position.partition), { minute, partition: position.partition });
    }
    const shard = `${position.topic}-${position.partition}`;
    const facts = shards.get(shard) ?? [];
    facts.push(contributionOf(change, position.partition));
    shards.set(shard, facts);
  }
  for (const [shard, facts] of shards) await ports.online.contribute(shard, facts);
  await publish(windows, ports);
  return { orders: changes.length, windows: windows.size };
}

function contributionOf(change: ChangeEvent, partition: number): Contribution {
  const row = currentRow(change);
  const fact = String(orderId((change.after ?? change.before)?.order_id));
  const version = rowVersion(change);
  if (row === null || !isSale(row.status)) return { fact, version, adds: [] };
  const key = keys.revenue(minuteOf(row), partition);
  return {
    fact,
    version,
    adds: [
      { key, field: REVENUE_FIELDS.cents, amount: centsOf(parseMoney(row.total_amount)) },
      { key, field: REVENUE_FIELDS.orders, amount: 1n },
    ],
  };
}

async function publish(
  windows: ReadonlyMap<string, { minute: EpochMillis; partition: number }>,
  { online, eventLog, now }: RevenuePorts,
): Promise<void> {
  const touched = [...windows.keys()];
  const hashes = await online.read(touched);
  const timestamp = now();
  const records: NewRecord[] = touched.map((key, i) => {
    const { minute, partition } = windows.get(key) as { minute: EpochMillis; partition: number };
    const hash = hashes[i];
    const value = {
      window_start: new Date(minute).toISOString(),
      partition,
      revenue: moneyOfCents(BigInt(hash?.get(REVENUE_FIELDS.cents) ?? '0')),
      orders: Number(hash?.get(REVENUE_FIELDS.orders) ?? '0'),
    };
    return {
      topic: REVENUE_TOPIC,
      timestamp,
      key: Buffer.from(key),
      value: Buffer.from(JSON.stringify(value)),
    };
  });
  if (records.length > 0) await eventLog.append(records);
}

function minuteOf(row: Row): EpochMillis {
  const { created_at } = row;
  const at = typeof created_at === 'string' ? timestampMillis(created_at) : null;
  if (at === null) {
    throw new PlatformError(
      'malformed_change',
      `column created_at must be a time, got ${JSON.stringify(created_at)}`,
    );
  }
  return windowStart(at);
}
