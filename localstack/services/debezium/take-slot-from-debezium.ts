import type { Logger } from '../../../shared/runtime/logger.ts';
import {
  type CapturePosition,
  type ChangeSink,
  type DebeziumOwner,
  decodeOwner,
  encodePosition,
  readSlot,
} from '../embedded/change-capture/index.ts';
import { connectClient } from './connect-client.ts';
import { type ConnectorReach, connectorReach } from './connector-offset.ts';
import { releaseConnector } from './release-connector.ts';
import { withSource } from './slot-session.ts';

export interface TakeSlotOptions {
  readonly databaseUrl: string;
  readonly publication: string;
  readonly slot: string;
  /** Of the event log that the embedded capture is going to write to: the one that Debezium wrote to. */
  readonly sink: ChangeSink;
  readonly log: Logger;
}

/**
 * Gives the slot to the embedded capture where Debezium has it; to be called before `startChangeCapture`. Stops the
 * connector, and turns its offset into the position at which the embedded capture goes on: within a transaction, after
 * the last change that is in the topics. May be repeated after a failure. Returns whether there was anything to take.
 * @throws PlatformError `connect_unreachable`: without Connect nobody knows how far its records reach
 */
export async function takeSlotFromDebezium(options: TakeSlotOptions): Promise<boolean> {
  const { sink, slot, log } = options;
  const stored = await sink.position();
  const owner = stored === null ? null : decodeOwner(stored);
  if (owner === null || owner.owner === 'embedded') return false;
  const connect = connectClient(owner.connectUrl);
  await withSource(options.databaseUrl, options.publication, async (client) => {
    await releaseConnector(connect, owner.connector, client, slot);
    const reach = connectorReach(await connect.offset(owner.connector));
    const confirmed = (await readSlot(client, slot))?.confirmedFlush ?? 0n;
    await sink.append([], encodePosition(positionAfter(owner, reach, confirmed)));
    log.log('info', 'the embedded capture took the slot from debezium', {
      slot,
      connector: owner.connector,
      lastCommitEnd: reach.lastCommitEnd,
      withinTransaction: reach.partial === null ? null : reach.partial,
    });
  });
  return true;
}

/** Where the embedded capture goes on. `confirmed`: how far the connector has acknowledged the slot. */
export function positionAfter(
  { source, snapshotMode }: Pick<DebeziumOwner, 'source' | 'snapshotMode'>,
  reach: ConnectorReach,
  confirmed: bigint,
): CapturePosition {
  const stored = reach.lastCommitEnd ?? 0n;
  return {
    source,
    // A connector that was handed the slot and has written nothing yet has nothing to finish either.
    snapshotDone: reach.snapshotDone || snapshotMode === 'no_data',
    // A commit record that starts where the last one ended is the next transaction's.
    commitLsn: reach.lastCommitEnd === null ? 0n : reach.lastCommitEnd - 1n,
    // It acknowledges later than it stores; a slot that is handed on from here is not to repeat what lies between.
    safeLsn: stored > confirmed ? stored : confirmed,
    lastCommitEnd: reach.lastCommitEnd,
    partial: reach.partial,
  };
}
