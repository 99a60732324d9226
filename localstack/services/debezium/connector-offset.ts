import { z } from 'zod';
import { PlatformError } from '../../../shared/errors.ts';
import type { PartialTransaction } from '../embedded/change-capture/index.ts';
import type { SourceOffset } from './connect-client.ts';

/** How far a connector's records reach; with exactly-once support they and the offset are written in one transaction. */
export interface ConnectorReach {
  readonly snapshotDone: boolean;
  /** End of the last commit record whose transaction is in the topics whole; null where none was streamed. */
  readonly lastCommitEnd: bigint | null;
  /** The transaction after it, where the topics hold a part. */
  readonly partial: PartialTransaction | null;
}

/**
 * Reads the offset of Debezium's Postgres connector 3.7: `lsn_commit` is the end of the last commit it has passed, `lsn`
 * and `lsn_events_processed` say how many changes of `txId` it has sent since, `snapshot` is there while it reads rows.
 * https://github.com/debezium/debezium/blob/v3.7.0.Final/debezium-connector-postgres/src/main/java/io/debezium/connector/postgresql/PostgresOffsetContext.java
 */
export function connectorReach(offset: SourceOffset | null): ConnectorReach {
  if (offset === null || offset.snapshot !== undefined) {
    return { snapshotDone: false, lastCommitEnd: null, partial: null };
  }
  const read = offsetSchema.safeParse(offset);
  if (!read.success) {
    throw new PlatformError(
      'invalid_connector_offset',
      `the connector's offset is not one of debezium 3.7: ${JSON.stringify(offset)}`,
      { cause: read.error },
    );
  }
  const { lsn, lsn_commit, lsn_events_processed, txId, messageType } = read.data;
  const inTransaction = messageType !== undefined && messageType !== 'COMMIT';
  return {
    snapshotDone: true,
    lastCommitEnd: lsn_commit === undefined ? null : BigInt(lsn_commit),
    partial:
      inTransaction && txId !== undefined
        ? { txId, lsn: BigInt(lsn), events: lsn_events_processed ?? 0 }
        : null,
  };
}

/** Whole bytes below 2^53, which a log reaches after 9 petabytes. */
const lsn = z.int().nonnegative();

const offsetSchema = z.object({
  lsn,
  lsn_commit: lsn.optional(),
  lsn_events_processed: z.int().nonnegative().optional(),
  txId: z.int().nonnegative().optional(),
  messageType: z.string().optional(),
});
