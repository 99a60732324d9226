/**
 * Changes of captured tables to the records that Debezium 3.7 writes: tombstone after a delete, key change as delete +
 * tombstone + create.
 * https://debezium.io/documentation/reference/3.7/connectors/postgresql.html#postgresql-events
 * Each row record carries two headers of our own, `commit_lsn` and `tx_index`: together they identify a change, which
 * nothing in Debezium's envelope does (several rows of one statement can share an LSN).
 */
import { type EpochMillis, epochMillis, type Operation } from '../domain/index.ts';
import { ByteArena, type Headers, type NewRecord } from '../kafka/index.ts';
import {
  type ChangeSource,
  clockText,
  type EnvelopeSettings,
  envelopeJson,
  type TransactionSource,
  type TransactionText,
  tableText,
  transactionText,
} from './envelope.ts';
import { type ColumnText, type OldTuple, type Tuple, UNCHANGED_TOAST } from './pgoutput.ts';
import { encodeKey, encodeRow, type TableEncoder } from './table-encoder.ts';

export const COMMIT_LSN_HEADER = 'commit_lsn';
export const TX_INDEX_HEADER = 'tx_index';

export type RowChange =
  | { readonly kind: 'read'; readonly new: Tuple }
  | { readonly kind: 'insert'; readonly new: Tuple }
  | { readonly kind: 'update'; readonly old: OldTuple | null; readonly new: Tuple }
  | { readonly kind: 'delete'; readonly old: OldTuple }
  | { readonly kind: 'truncate' };

/** Indexes in a transaction whose header is kept once made. */
const KEPT_INDEXES = 1024;

/**
 * Writes the records of one change after the other. What many of them share (see `envelope.ts`; headers too) is made once,
 * and keys and values lie side by side in large blocks.
 */
export class ChangeWriter {
  readonly #settings: EnvelopeSettings;
  readonly #context: Headers;
  readonly #arena = new ByteArena();
  readonly #indexHeaders: Header[] = [];
  readonly #tables = new Map<TableEncoder, { readonly topic: string; readonly json: string }>();
  #source: TransactionSource | null = null;
  #transaction: TransactionText | null = null;
  #commitHeader: Header = [COMMIT_LSN_HEADER, new Uint8Array()];
  #now = epochMillis(0);
  #clock = clockText(this.#now);

  constructor(settings: EnvelopeSettings) {
    this.#settings = settings;
    this.#context = [
      ['__debezium.context.connectorLogicalName', Buffer.from(settings.topicPrefix)],
      ['__debezium.context.taskId', Buffer.from('0')],
      ['__debezium.context.connectorName', Buffer.from('postgresql')],
      ['__debezium.context.runId', Buffer.from(settings.runId)],
    ];
  }

  /**
   * Adds the records of a change to `into`; returns how many indexes of its transaction they take. `now` is the time of capture.
   * Partitions are left to the key. Changes of one transaction name it by one object.
   */
  write(
    table: TableEncoder,
    change: RowChange,
    source: ChangeSource,
    now: EpochMillis,
    into: NewRecord[],
  ): 1 | 2 {
    if (now !== this.#now) [this.#now, this.#clock] = [now, clockText(now)];
    const at: RecordPlace = { table, source, index: source.txIndex };
    switch (change.kind) {
      case 'read':
      case 'insert': {
        const after = encodeRow(table, change.new, 'full');
        const op = change.kind === 'read' ? 'r' : 'c';
        into.push(this.#row(at, op, encodeKey(table, change.new), 'null', after, []));
        return 1;
      }
      case 'delete': {
        const key = encodeKey(table, change.old.values);
        const before = encodeRow(table, change.old.values, change.old.content);
        into.push(this.#row(at, 'd', key, before, 'null', []), this.#tombstone(table, key, []));
        return 1;
      }
      case 'truncate':
        into.push(this.#row(at, 't', null, 'null', 'null', []));
        return 1;
      case 'update':
        return this.#writeUpdate(at, change.old, change.new, into);
    }
  }

  #writeUpdate(at: RecordPlace, old: OldTuple | null, sent: Tuple, into: NewRecord[]): 1 | 2 {
    const { table } = at;
    const values = withUnchangedFrom(old, sent);
    const before = old === null ? 'null' : encodeRow(table, old.values, old.content);
    const after = encodeRow(table, values, 'full');
    const key = encodeKey(table, values);
    const oldKey = old !== null && table.identityCoversKey ? encodeKey(table, old.values) : key;
    if (key === null || oldKey === null || oldKey === key) {
      into.push(this.#row(at, 'u', key, before, after, []));
      return 1;
    }
    const newKeyHeader: Headers = [['__debezium.newkey', this.#arena.utf8(key)]];
    const oldKeyHeader: Headers = [['__debezium.oldkey', this.#arena.utf8(oldKey)]];
    into.push(
      this.#row(at, 'd', oldKey, before, 'null', newKeyHeader),
      this.#tombstone(table, oldKey, newKeyHeader),
      this.#row({ ...at, index: at.index + 1 }, 'c', key, 'null', after, oldKeyHeader),
    );
    return 2;
  }

  #row(
    { table, source, index }: RecordPlace,
    op: Operation,
    key: string | null,
    before: string,
    after: string,
    extra: Headers,
  ): NewRecord {
    const transaction = this.#transactionOf(source.transaction);
    const { topic, json } = this.#tableOf(table);
    const value = envelopeJson(op, before, after, transaction, json, source.lsn, this.#clock);
    return {
      topic,
      timestamp: this.#now,
      key: key === null ? null : this.#arena.utf8(key),
      value: this.#arena.utf8(value),
      headers: [...extra, ...this.#context, this.#commitHeader, this.#indexHeader(index)],
    };
  }

  /** Debezium writes one also where there is no key, and it says nothing. */
  #tombstone(table: TableEncoder, key: string | null, extra: Headers): NewRecord {
    return {
      topic: this.#tableOf(table).topic,
      timestamp: this.#now,
      key: key === null ? null : this.#arena.utf8(key),
      value: null,
      headers: [...extra, ...this.#context],
    };
  }

  #transactionOf(source: TransactionSource): TransactionText {
    if (source !== this.#source || this.#transaction === null) {
      this.#source = source;
      this.#transaction = transactionText(source, this.#settings);
      this.#commitHeader = [COMMIT_LSN_HEADER, Buffer.from(source.commitLsn.toString())];
    }
    return this.#transaction;
  }

  #tableOf(table: TableEncoder): { readonly topic: string; readonly json: string } {
    const known = this.#tables.get(table);
    if (known !== undefined) return known;
    const text = {
      topic: `${this.#settings.topicPrefix}.${table.schema}.${table.name}`,
      json: tableText(table),
    };
    this.#tables.set(table, text);
    return text;
  }

  #indexHeader(index: number): Header {
    const known = this.#indexHeaders[index];
    if (known !== undefined) return known;
    const header: Header = [TX_INDEX_HEADER, Buffer.from(String(index))];
    // Indexes come in order, so the list has no gaps but those of transactions that were stored already.
    if (index < KEPT_INDEXES) this.#indexHeaders[index] = header;
    return header;
  }
}

type Header = Headers[number];

interface RecordPlace {
  readonly table: TableEncoder;
  readonly source: ChangeSource;
  readonly index: number;
}

/** Under FULL the old row carries what the update left alone. */
function withUnchangedFrom(old: OldTuple | null, values: Tuple): Tuple {
  if (old === null || old.content !== 'full' || !values.includes(UNCHANGED_TOAST)) {
    return values;
  }
  return values.map((value, i): ColumnText => (value === UNCHANGED_TOAST ? (old.values[i] ?? null) : value));
}
