import { type ChangeEvent, epochMillis, type Operation, type Row } from '../domain/index.ts';
import type { KafkaRecord } from '../kafka/index.ts';

/** Builds change events one after another, each at a higher LSN, as a database would commit them. */
export class ChangeBuilder {
  #lsn = 100n;
  readonly #at: number;

  constructor(at = Date.UTC(2026, 10, 23)) {
    this.#at = at;
  }

  change(table: string, op: Operation, before: Row | null, after: Row | null): ChangeEvent {
    this.#lsn += 8n;
    return {
      table,
      op,
      before,
      after,
      commitAt: epochMillis(this.#at),
      lsn: this.#lsn,
      commitLsn: this.#lsn,
      txIndex: 0,
    };
  }

  insert(table: string, row: Row): ChangeEvent {
    return this.change(table, 'c', null, row);
  }

  update(table: string, before: Row, after: Row): ChangeEvent {
    return this.change(table, 'u', before, after);
  }

  delete(table: string, row: Row): ChangeEvent {
    return this.change(table, 'd', row, null);
  }
}

export function orderRow(order_id: number, over: Partial<Record<string, unknown>> = {}): Row {
  return {
    order_id,
    user_id: 1,
    total_amount: '10.00',
    status: 'paid',
    created_at: '2026-11-23T02:10:30Z',
    ...over,
  };
}

export function itemRow(
  order_item_id: number,
  order_id: number,
  over: Partial<Record<string, unknown>> = {},
): Row {
  return { order_item_id, order_id, product_id: 7, quantity: 2, price_per_unit: '5.00', ...over };
}

/** The change as a record of partition 0, written in Debezium's envelope. */
export function changeRecord(topic: string, offset: number, change: ChangeEvent): KafkaRecord {
  const source = {
    version: '3.7.0.Final',
    connector: 'postgresql',
    name: 'ecommerce',
    ts_ms: change.commitAt,
    db: 'shop',
    sequence: `["${change.commitLsn}","${change.lsn}"]`,
    schema: 'public',
    table: change.table,
    lsn: Number(change.lsn),
  };
  const envelope = {
    before: change.before,
    after: change.after,
    source,
    op: change.op,
    ts_ms: change.commitAt,
  };
  return {
    topic,
    partition: 0,
    offset,
    timestamp: change.commitAt,
    key: Buffer.from('{}'),
    value: Buffer.from(JSON.stringify(envelope)),
    headers: [
      ['commit_lsn', Buffer.from(String(change.commitLsn))],
      ['tx_index', Buffer.from(String(change.txIndex ?? 0))],
    ],
  };
}
