import {
  ChangeWriter,
  type EnvelopeSettings,
  type Lsn,
  type PgOutputMessage,
  type RowChange,
  type TableEncoder,
  type TransactionSource,
} from '../../../../shared/cdc/index.ts';
import type { EpochMillis } from '../../../../shared/domain/index.ts';
import { PlatformError } from '../../../../shared/errors.ts';
import type { NewRecord } from '../../../../shared/kafka/index.ts';
import type { CapturePosition } from './capture-position.ts';

/** What can be appended at once: records and the position that they reach. */
export interface Batch {
  readonly records: readonly NewRecord[];
  readonly position: CapturePosition;
}

/**
 * Turns the messages of a stream into batches. Whatever the sink holds already is left out: transactions up to the
 * stored position, and the stored part of a large one. Pure but for its own state.
 */
export class TransactionAssembler {
  readonly #writer: ChangeWriter;
  readonly #tables = new Map<number, TableEncoder>();
  #position: CapturePosition;
  #open: OpenTransaction | null = null;
  /** Records of finished transactions. */
  #finished: NewRecord[] = [];
  #bytes = 0;

  constructor(settings: EnvelopeSettings, position: CapturePosition) {
    this.#writer = new ChangeWriter(settings);
    this.#position = position;
  }

  /** Rough size in bytes of what waits to be appended. */
  get pendingBytes(): number {
    return this.#bytes;
  }

  get inTransaction(): boolean {
    return this.#open !== null;
  }

  describe(relationOid: number, table: TableEncoder): void {
    this.#tables.set(relationOid, table);
  }

  /** Takes one message, captured at `now`. Relation messages go to `describe`. */
  take(lsn: Lsn, message: PgOutputMessage, now: EpochMillis): void {
    switch (message.kind) {
      case 'begin':
        this.#open = {
          source: {
            commitLsn: message.commitLsn,
            commitMicros: message.commitMicros,
            txId: message.xid,
            lastCommitEnd: this.#position.lastCommitEnd,
            snapshot: null,
            origin: null,
          },
          records: [],
          rowRecords: 0,
          stored: this.#storedOf(message.commitLsn),
          storedUpTo: this.#storedUpTo(message.xid),
        };
        return;
      case 'origin': {
        const transaction = this.#transaction();
        transaction.source = { ...transaction.source, origin: { name: message.name, lsn: message.lsn } };
        return;
      }
      case 'insert':
      case 'update':
      case 'delete':
        this.#add(lsn, message.relationOid, message, now);
        return;
      case 'truncate':
        for (const relationOid of message.relationOids) {
          this.#add(lsn, relationOid, message, now);
        }
        return;
      case 'commit': {
        const { records } = this.#transaction();
        for (const record of records) {
          this.#finished.push(record);
        }
        this.#open = null;
        if (message.commitLsn > this.#position.commitLsn) {
          this.#position = {
            ...this.#position,
            commitLsn: message.commitLsn,
            safeLsn: maxLsn(this.#position.safeLsn, message.commitLsn + 1n),
            lastCommitEnd: message.endLsn,
            partial: null,
          };
        }
        return;
      }
      case 'relation':
      case 'type':
      case 'message':
        return;
    }
  }

  /**
   * The server has sent everything that commits before `sentLsn`. Between transactions that may be acknowledged, once
   * all that came before is stored.
   */
  sentUpTo(sentLsn: Lsn): void {
    if (this.#open === null) {
      this.#position = { ...this.#position, safeLsn: maxLsn(this.#position.safeLsn, sentLsn) };
    }
  }

  /** Hands over finished transactions, with `includeOpen` also what there is of the open one. */
  drain(includeOpen: boolean): Batch {
    const open = this.#open;
    if (!includeOpen || open === null || open.records.length === 0) {
      const records = this.#finished;
      this.#finished = [];
      this.#bytes = open === null ? 0 : open.records.reduce((sum, record) => sum + sizeOf(record), 0);
      return { records, position: this.#position };
    }
    const records = this.#finished.concat(open.records);
    this.#finished = [];
    open.records = [];
    this.#bytes = 0;
    this.#position = {
      ...this.#position,
      partial: { commitLsn: open.source.commitLsn, rowRecords: open.rowRecords },
    };
    return { records, position: this.#position };
  }

  #add(lsn: Lsn, relationOid: number, change: RowChange, now: EpochMillis): void {
    const transaction = this.#transaction();
    const table = this.#tables.get(relationOid);
    if (table === undefined) {
      throw new PlatformError(
        'unknown_relation',
        `the stream names relation ${relationOid} before describing it`,
        {
          retryable: true,
        },
      );
    }
    const { records } = transaction;
    const before = records.length;
    const source = { transaction: transaction.source, txIndex: transaction.rowRecords, lsn };
    transaction.rowRecords += this.#writer.write(table, change, source, now, records);
    if (transaction.rowRecords <= transaction.stored || isStored(transaction, lsn)) {
      records.length = before;
      return;
    }
    for (let index = before; index < records.length; index += 1) this.#bytes += sizeOf(records[index]!);
  }

  #transaction(): OpenTransaction {
    if (this.#open === null) {
      throw new PlatformError('invalid_pgoutput', 'a change came outside of a transaction', {
        retryable: true,
      });
    }
    return this.#open;
  }

  /** How many of the transaction's row records the sink holds. */
  #storedOf(commitLsn: Lsn): number {
    if (commitLsn <= this.#position.commitLsn) {
      return Number.POSITIVE_INFINITY;
    }
    const { partial } = this.#position;
    return partial !== null && 'commitLsn' in partial && partial.commitLsn === commitLsn
      ? partial.rowRecords
      : 0;
  }

  #storedUpTo(txId: number): OpenTransaction['storedUpTo'] {
    const { partial } = this.#position;
    return partial !== null && 'txId' in partial && partial.txId === txId
      ? { lsn: partial.lsn, events: partial.events }
      : null;
  }
}

interface OpenTransaction {
  /** The origin is told after the beginning. */
  source: TransactionSource;
  readonly stored: number;
  /** Of what Debezium stored of this transaction: the place, and how many changes at it remain to be passed over. */
  readonly storedUpTo: { readonly lsn: Lsn; events: number } | null;
  records: NewRecord[];
  rowRecords: number;
}

/** Changes of one multi-row record of the log share its LSN, so those at the place itself are counted. */
function isStored({ storedUpTo }: OpenTransaction, lsn: Lsn): boolean {
  if (storedUpTo === null || lsn > storedUpTo.lsn) {
    return false;
  }
  return lsn < storedUpTo.lsn || storedUpTo.events-- > 0;
}

/** A record's own weight in memory, beside its key and value. */
const RECORD_OVERHEAD_BYTES = 500;

function sizeOf({ key, value }: NewRecord): number {
  return (key?.length ?? 0) + (value?.length ?? 0) + RECORD_OVERHEAD_BYTES;
}

function maxLsn(a: Lsn, b: Lsn): Lsn {
  return a > b ? a : b;
}
