import { describe, expect, it } from 'vitest';
import { epochMillis } from '../domain/index.ts';
import type { NewRecord } from '../kafka/index.ts';
import { readChange } from './change-event.ts';
import { ChangeWriter, type RowChange } from './change-writer.ts';
import type { TransactionSource } from './envelope.ts';
import { formatLsn, parseLsn } from './lsn.ts';
import { UNCHANGED_TOAST } from './pgoutput.ts';
import type { Table } from './table.ts';
import { tableEncoder } from './table-encoder.ts';

const settings = { topicPrefix: 'ecommerce', database: 'shop', runId: 'run-1' };
const now = epochMillis(1_795_393_909_294);
const transaction: TransactionSource = {
  commitLsn: 37_927_600n,
  commitMicros: 1_795_393_909_282_531n,
  txId: 25_294,
  lastCommitEnd: 37_927_300n,
  snapshot: null,
  origin: null,
};
const place = { txIndex: 3, lsn: 37_927_328n };

function products(identity: 'key' | 'full'): Table {
  const column = (name: string, oid: number, inIdentity: boolean) => ({
    name,
    type: { kind: 'scalar', oid, typeModifier: -1 } as const,
    notNull: true,
    constantDefault: null,
    hasComputedDefault: false,
    inIdentity: inIdentity || identity === 'full',
  });
  return {
    schema: 'public',
    name: 'products',
    columns: [column('product_id', 23, true), column('name', 25, false), column('stock', 23, false)],
    primaryKey: [0],
  };
}

function write(
  change: RowChange,
  identity: 'key' | 'full' = 'full',
  overrides: Partial<TransactionSource> = {},
) {
  const records: NewRecord[] = [];
  const source = { transaction: { ...transaction, ...overrides }, ...place };
  new ChangeWriter(settings).write(tableEncoder(products(identity)), change, source, now, records);
  return records.map((record) => ({
    ...record,
    key: record.key === null ? null : Buffer.from(record.key).toString(),
    value: record.value === null ? null : Buffer.from(record.value).toString(),
    headers: (record.headers ?? [])
      .map(([name, value]) => `${name}=${Buffer.from(value)}`)
      .filter((header) => !header.startsWith('__debezium.context')),
  }));
}

describe('records of a change', () => {
  it('writes an insert with every key in the order of debezium', () => {
    expect(write({ kind: 'insert', new: ['7', 'Lamp', null] })).toEqual([
      {
        topic: 'ecommerce.public.products',
        timestamp: now,
        key: '{"product_id":7}',
        value:
          '{"before":null,"after":{"product_id":7,"name":"Lamp","stock":null},' +
          '"source":{"version":"3.7.0.Final","connector":"postgresql","name":"ecommerce","ts_ms":1795393909282,' +
          '"snapshot":null,"db":"shop","sequence":"[\\"37927300\\",\\"37927328\\"]","ts_us":1795393909282531,' +
          '"ts_ns":1795393909282531000,"schema":"public","table":"products","txId":25294,"lsn":37927328,"xmin":null,' +
          '"origin":null,"origin_lsn":null},"transaction":null,"op":"c","ts_ms":1795393909294,' +
          '"ts_us":1795393909294000,"ts_ns":1795393909294000000}',
        headers: ['commit_lsn=37927600', 'tx_index=3'],
      },
    ]);
  });

  it('follows a delete with a tombstone', () => {
    const records = write({ kind: 'delete', old: { content: 'full', values: ['7', 'Lamp', '1'] } });
    expect(records.map(({ key }) => key)).toEqual(['{"product_id":7}', '{"product_id":7}']);
    expect(records[0]?.value).toMatch(
      /^{"before":{"product_id":7,"name":"Lamp","stock":1},"after":null,.*"op":"d"/,
    );
    expect(records[1]).toMatchObject({ value: null, headers: [] });
  });

  it('writes a change of the key as delete, tombstone and create that name each other', () => {
    const records = write(
      {
        kind: 'update',
        old: { content: 'key', values: ['7', null, null] },
        new: ['8', 'Lamp', '1'],
      },
      'key',
    );
    expect(
      records.map(({ key, value, headers }) => [key, value === null ? null : JSON.parse(value).op, headers]),
    ).toEqual([
      ['{"product_id":7}', 'd', ['__debezium.newkey={"product_id":8}', 'commit_lsn=37927600', 'tx_index=3']],
      ['{"product_id":7}', null, ['__debezium.newkey={"product_id":8}']],
      ['{"product_id":8}', 'c', ['__debezium.oldkey={"product_id":7}', 'commit_lsn=37927600', 'tx_index=4']],
    ]);
    expect(JSON.parse(records[0]!.value!).before).toEqual({ product_id: 7, name: '', stock: 0 });
  });

  it('fills what an update left alone from the old row under FULL, and marks it otherwise', () => {
    const update = (content: 'full' | null): RowChange => ({
      kind: 'update',
      old: content === null ? null : { content, values: ['7', 'a long text', '1'] },
      new: ['7', UNCHANGED_TOAST, '2'],
    });
    expect(JSON.parse(write(update('full'))[0]!.value!).after.name).toBe('a long text');
    expect(JSON.parse(write(update(null), 'key')[0]!.value!).after.name).toBe('__debezium_unavailable_value');
  });

  it('writes a truncate without key and rows', () => {
    const [record] = write({ kind: 'truncate' });
    expect(record?.key).toBeNull();
    expect(JSON.parse(record!.value!)).toMatchObject({ op: 't', before: null, after: null });
  });

  it('marks snapshot rows and has no commit before them', () => {
    const [record] = write({ kind: 'read', new: ['7', 'Lamp', '1'] }, 'full', {
      snapshot: 'first',
      lastCommitEnd: null,
    });
    const { op, source: written } = JSON.parse(record!.value!);
    expect([op, written.snapshot, written.sequence]).toEqual(['r', 'first', '[null,"37927328"]']);
  });

  it('is read back as the change it was', () => {
    const records: NewRecord[] = [];
    const change: RowChange = { kind: 'insert', new: ['7', 'Lamp', '1'] };
    const source = { transaction, ...place };
    new ChangeWriter(settings).write(tableEncoder(products('full')), change, source, now, records);
    const [record] = records;
    expect(readChange({ headers: [], ...record! })).toEqual({
      kind: 'change',
      change: {
        table: 'products',
        op: 'c',
        before: null,
        after: { product_id: 7, name: 'Lamp', stock: 1 },
        commitAt: 1_795_393_909_282,
        lsn: 37_927_328n,
        commitLsn: 37_927_600n,
        txIndex: 3,
      },
    });
  });
});

describe('a writer', () => {
  it('keeps apart what two transactions, two tables and two moments say', () => {
    const writer = new ChangeWriter(settings);
    const shopProducts = tableEncoder(products('full'));
    const others = tableEncoder({ ...products('full'), name: 'others' });
    const later = { ...transaction, commitLsn: 40_000_000n, txId: 7, origin: { name: 'elsewhere', lsn: 5n } };
    const change: RowChange = { kind: 'insert', new: ['7', 'Lamp', '1'] };
    const records: NewRecord[] = [];
    for (const [table, of, at] of [
      [shopProducts, transaction, now],
      [others, later, now + 1],
      [shopProducts, transaction, now + 2],
    ] as const) {
      writer.write(table, change, { transaction: of, ...place }, epochMillis(at), records);
    }
    const told = records.map((record) => {
      const { source, ts_ms } = JSON.parse(Buffer.from(record.value!).toString());
      const header = record.headers?.find(([name]) => name === 'commit_lsn')?.[1] ?? new Uint8Array();
      return [
        record.topic,
        source.table,
        source.txId,
        source.origin,
        ts_ms - now,
        Buffer.from(header).toString(),
      ];
    });
    expect(told).toEqual([
      ['ecommerce.public.products', 'products', 25_294, null, 0, '37927600'],
      ['ecommerce.public.others', 'others', 7, 'elsewhere', 1, '40000000'],
      ['ecommerce.public.products', 'products', 25_294, null, 2, '37927600'],
    ]);
  });
});

describe('lsn', () => {
  it('reads halves that are not padded', () => {
    expect(parseLsn('16/B374D848')).toBe(0x16b374d848n);
    expect(parseLsn('1/0')).toBe(0x100000000n);
    expect(formatLsn(0x100000abcn)).toBe('1/ABC');
  });

  it('refuses what is none', () => {
    expect(() => parseLsn('12345')).toThrow('an lsn looks like');
  });
});
