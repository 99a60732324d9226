/**
 * The JSON of the value of a record as Debezium 3.7 writes it, without schemas and in Debezium's key order.
 * https://debezium.io/documentation/reference/3.7/connectors/postgresql.html#postgresql-events
 * Most of it is the same for all changes of a transaction, a table or a millisecond, so those parts are texts made once.
 */
import { type EpochMillis, epochMillis, type Operation } from '../domain/index.ts';
import type { Lsn } from './lsn.ts';
import type { TableEncoder } from './table-encoder.ts';

/** The release whose envelope is written; part of every record. */
const DEBEZIUM_VERSION = '3.7.0.Final';

export interface EnvelopeSettings {
  /** First part of the topic names and Debezium's logical server name. */
  readonly topicPrefix: string;
  readonly database: string;
  /** Names one run of the capture. */
  readonly runId: string;
}

export type SnapshotMark = 'first' | 'first_in_data_collection' | 'true' | 'last_in_data_collection' | 'last';

/** What all changes of a transaction, or all rows of a snapshot with one mark, have in common. */
export interface TransactionSource {
  /** Start of the commit record, or the position of the snapshot. */
  readonly commitLsn: Lsn;
  /** Microseconds since 1970-01-01 UTC. */
  readonly commitMicros: bigint;
  readonly txId: number;
  /** End of the commit before this transaction; null where none was seen. */
  readonly lastCommitEnd: Lsn | null;
  readonly snapshot: SnapshotMark | null;
  readonly origin: { readonly name: string; readonly lsn: Lsn } | null;
}

/** Where and when a change happened. */
export interface ChangeSource {
  readonly transaction: TransactionSource;
  /** Index of the first of the change's row records in its transaction, from 0. */
  readonly txIndex: number;
  /** Position of the change itself. */
  readonly lsn: Lsn;
}

/** The parts of an envelope that a transaction decides. */
export interface TransactionText {
  /** From the images to the LSN in `source.sequence`. */
  readonly beforeSequence: string;
  /** From there to the table. */
  readonly afterSequence: string;
  readonly txId: string;
  /** From `source.lsn` to the operation. */
  readonly afterLsn: string;
}

export function transactionText(source: TransactionSource, settings: EnvelopeSettings): TransactionText {
  const { commitMicros, lastCommitEnd, snapshot, origin } = source;
  const lastCommit = lastCommitEnd === null ? 'null' : `\\"${lastCommitEnd}\\"`;
  const name = JSON.stringify(settings.topicPrefix);
  const originName = origin === null ? 'null' : JSON.stringify(origin.name);
  return {
    beforeSequence:
      `,"source":{"version":"${DEBEZIUM_VERSION}","connector":"postgresql","name":${name},` +
      `"ts_ms":${commitMillis(source)},"snapshot":${snapshot === null ? 'null' : `"${snapshot}"`},` +
      `"db":${JSON.stringify(settings.database)},"sequence":"[${lastCommit},\\"`,
    afterSequence: `\\"]","ts_us":${commitMicros},"ts_ns":${commitMicros}000,`,
    txId: String(source.txId),
    afterLsn:
      `,"xmin":null,"origin":${originName},"origin_lsn":${origin === null ? 'null' : origin.lsn}},` +
      '"transaction":null,',
  };
}

/** The part that the table decides. */
export function tableText({ schemaJson, nameJson }: TableEncoder): string {
  return `"schema":${schemaJson},"table":${nameJson},"txId":`;
}

/** The part that the time of capture decides. */
export function clockText(now: EpochMillis): string {
  return `"ts_ms":${now},"ts_us":${now}000,"ts_ns":${now}000000}`;
}

/** `before` and `after` are JSON; `clock` and `table` come from the functions above. */
export function envelopeJson(
  op: Operation,
  before: string,
  after: string,
  transaction: TransactionText,
  table: string,
  lsn: Lsn,
  clock: string,
): string {
  const { beforeSequence, afterSequence, txId, afterLsn } = transaction;
  const at = lsn.toString();
  return `{"before":${before},"after":${after}${beforeSequence}${at}${afterSequence}${table}${txId},"lsn":${at}${afterLsn}"op":"${op}",${clock}`;
}

function commitMillis(source: TransactionSource): EpochMillis {
  return epochMillis(Number(source.commitMicros / 1000n));
}
