import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeAlert } from '../../shared/control/index.ts';
import { epochMillis } from '../../shared/domain/index.ts';
import type { KafkaRecord, NewRecord } from '../../shared/kafka/index.ts';
import { ChangeBuilder, changeRecord, orderRow } from '../../shared/testing/changes.ts';
import { memoryLake } from '../../shared/testing/memory-lake.ts';
import { ingestChanges } from './ingest-changes.ts';

const TOPIC = 'ecommerce.public.orders';
const now = () => epochMillis(Date.UTC(2026, 10, 23));

function shop(count: number): KafkaRecord[] {
  const db = new ChangeBuilder();
  return Array.from({ length: count }, (_, i) =>
    changeRecord(TOPIC, i, db.insert('orders', orderRow(i + 1))),
  );
}

function ingestInto(
  lake: ReturnType<typeof memoryLake>,
  eventLogIncarnation = 'log-1',
  alerts: NewRecord[] = [],
) {
  const eventLog = {
    append: async (records: readonly NewRecord[]) => {
      alerts.push(...records);
      return [];
    },
  };
  return (records: readonly KafkaRecord[]) =>
    ingestChanges(records, { lakeTable: lake.table, eventLog, eventLogIncarnation, now });
}

describe('ingestChanges', () => {
  it('writes each change with its columns, its position in the database and its coordinates', async () => {
    const lake = memoryLake();
    expect(await ingestInto(lake)(shop(1))).toEqual({ rows: 1, quarantined: 0, unknownColumns: [] });
    expect(await lake.rows('raw/orders')).toEqual([
      {
        order_id: 1,
        user_id: 1,
        total_amount: '10.00',
        status: 'paid',
        created_at: BigInt(Date.UTC(2026, 10, 23, 2, 10, 30)) * 1000n,
        _op: 'c',
        _ts: BigInt(Date.UTC(2026, 10, 23)) * 1000n,
        _commit_lsn: 108n,
        _lsn: 108n,
        _tx_index: 0,
        _topic: TOPIC,
        _partition: 0,
        _offset: 0n,
      },
    ]);
  });

  it('keeps the row before a delete, and takes a tombstone for no row', async () => {
    const lake = memoryLake();
    const db = new ChangeBuilder();
    const gone = changeRecord(TOPIC, 0, db.delete('orders', orderRow(1)));
    await ingestInto(lake)([gone, { ...gone, offset: 1, value: null }]);
    expect(await lake.rows('raw/orders')).toMatchObject([{ order_id: 1, _op: 'd', _offset: 0n }]);
  });

  it('quarantines what is no change of its table, with its bytes, and goes on', async () => {
    const lake = memoryLake();
    const [first, second] = shop(2) as [KafkaRecord, KafkaRecord];
    const torn = { ...second, value: Buffer.from('{"op":') };
    const foreign = changeRecord(TOPIC, 2, new ChangeBuilder().insert('users', { user_id: 1 }));
    const wrongType = changeRecord(
      TOPIC,
      3,
      new ChangeBuilder().insert('orders', orderRow(9, { order_id: 'nine' })),
    );
    expect(await ingestInto(lake)([first, torn, foreign, wrongType])).toMatchObject({
      rows: 1,
      quarantined: 3,
    });
    const kept = await lake.rows('quarantine/records');
    expect(kept.map((row) => Buffer.from(row.value as Uint8Array).toString())).toContain('{"op":');
    expect(kept.map((row) => [row.topic, row.offset, row.function])).toEqual(
      [1n, 2n, 3n].map((offset) => [TOPIC, offset, 'ingest-changes']),
    );
  });

  it('tells what it quarantines, under the same id when the batch comes again', async () => {
    const lake = memoryLake();
    const alerts: NewRecord[] = [];
    const ingest = ingestInto(lake, 'log-1', alerts);
    const [first] = shop(1) as [KafkaRecord];
    const batch = [first, { ...first, offset: 1, value: Buffer.from('no JSON') }];
    await ingest(batch);
    await ingest(batch);
    const told = alerts.map(({ topic, value }) => ({ topic, ...decodeAlert(value ?? new Uint8Array()) }));
    expect(told[0]).toMatchObject({
      topic: 'platform_alerts',
      kind: 'quarantine',
      title: 'A record of ecommerce.public.orders could not be read',
      detail: expect.stringContaining('record ecommerce.public.orders-0@1; kept in quarantine/records'),
    });
    expect(told[1]?.alertId).toBe(told[0]?.alertId);
    expect(await lake.rows('quarantine/records')).toHaveLength(1);
  });

  it('ingests the rows of a shop that has grown a column, and names the column', async () => {
    const lake = memoryLake();
    const grown = new ChangeBuilder().insert('orders', orderRow(1, { coupon: 'X' }));
    const report = await ingestInto(lake)([changeRecord(TOPIC, 0, grown)]);
    expect(report).toEqual({ rows: 1, quarantined: 0, unknownColumns: ['orders.coupon'] });
    expect(await lake.rows('raw/orders')).toMatchObject([{ order_id: 1, _op: 'c' }]);
  });

  it('writes every record once, however the log redelivers and regroups', async () => {
    const records = shop(30);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(29), fc.integer({ min: 1, max: 30 })), { minLength: 1, maxLength: 8 }),
        async (deliveries) => {
          const lake = memoryLake();
          const ingest = ingestInto(lake);
          // A consumer may start again from any committed offset, yet never skips forward.
          let reached = 0;
          for (const [from, length] of deliveries) {
            const start = Math.min(from, reached);
            const batch = records.slice(start, start + length);
            await ingest(batch);
            reached = Math.max(reached, start + batch.length);
          }
          const rows = reached === 0 ? [] : await lake.rows('raw/orders');
          expect(rows.map((row) => row._offset)).toEqual(
            records.slice(0, reached).map(({ offset }) => BigInt(offset)),
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  it('writes both when two deliveries of one partition race', async () => {
    const lake = memoryLake();
    const records = shop(20);
    await Promise.all([ingestInto(lake)(records.slice(0, 12)), ingestInto(lake)(records)]);
    const offsets = (await lake.rows('raw/orders')).map((row) => Number(row._offset)).sort((a, b) => a - b);
    expect(offsets).toEqual(records.map(({ offset }) => offset));
  });

  it('starts over with a log that was made anew, whose offsets begin at 0 again', async () => {
    const lake = memoryLake();
    await ingestInto(lake, 'log-1')(shop(3));
    expect(await ingestInto(lake, 'log-2')(shop(2))).toMatchObject({ rows: 2 });
  });
});
