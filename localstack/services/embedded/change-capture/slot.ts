import type pg from 'pg';
import { type Lsn, parseLsn } from '../../../../shared/cdc/index.ts';
import { PlatformError } from '../../../../shared/errors.ts';
import type { CapturePosition } from './capture-position.ts';
import { queryRows } from './database-session.ts';

export interface SlotState {
  readonly confirmedFlush: Lsn | null;
  /** `reserved`, `extended`, `unreserved`, or `lost`: needed WAL is gone. */
  readonly walStatus: string | null;
}

/** What to do with the slot, given what the sink holds. */
export type StartPlan =
  | { readonly action: 'resume'; readonly position: CapturePosition }
  /** `previous`: whether records of an earlier time are in the sink; `reason`: null at the very first start. */
  | { readonly action: 'snapshot'; readonly reason: string | null };

/**
 * A slot that stands past what the sink holds was made anew or moved by someone else: what lies between is not in the
 * sink and cannot be had from the slot, so all rows are read afresh.
 */
export function planStart(position: CapturePosition | null, slot: SlotState | null): StartPlan {
  if (position === null) {
    return { action: 'snapshot', reason: null };
  }
  if (!position.snapshotDone) {
    return { action: 'snapshot', reason: 'the snapshot was not finished' };
  }
  if (slot === null) {
    return { action: 'snapshot', reason: 'the slot is gone' };
  }
  if (slot.walStatus === 'lost') {
    return { action: 'snapshot', reason: 'the slot fell too far behind and lost its log' };
  }
  if (slot.confirmedFlush === null || slot.confirmedFlush > position.safeLsn) {
    return {
      action: 'snapshot',
      reason: `the slot stands at ${slot.confirmedFlush}, past the stored position ${position.safeLsn}`,
    };
  }
  return { action: 'resume', position };
}

export async function readSlot(client: pg.Client, slot: string): Promise<SlotState | null> {
  const [row] = await queryRows(
    client,
    'SELECT confirmed_flush_lsn, wal_status FROM pg_replication_slots WHERE slot_name = $1',
    [slot],
  );
  return row === undefined
    ? null
    : { confirmedFlush: row[0] == null ? null : parseLsn(row[0]), walStatus: row[1] ?? null };
}

/** Fails, to be tried again, while another session still holds the slot. */
export async function dropSlot(client: pg.Client, slot: string): Promise<void> {
  await client.query('SELECT pg_drop_replication_slot($1)', [slot]);
}

/** Creates the slot and names the snapshot that shows exactly what commits before its first change. */
export async function createSlot(
  replication: pg.Client,
  slot: string,
): Promise<{ consistentPoint: Lsn; snapshotName: string }> {
  const { rows } = await replication.query<{ consistent_point: string; snapshot_name: string }>(
    `CREATE_REPLICATION_SLOT ${replication.escapeIdentifier(slot)} LOGICAL pgoutput EXPORT_SNAPSHOT`,
  );
  const created = rows[0];
  if (created === undefined) {
    throw new PlatformError('slot_not_created', `postgres did not create the slot ${slot}`);
  }
  return { consistentPoint: parseLsn(created.consistent_point), snapshotName: created.snapshot_name };
}

/** Logical decoding must be on, and the publication must be older than the slot, or changes are missed. */
export async function checkPrerequisites(client: pg.Client, publication: string): Promise<void> {
  const [walLevel] = await queryRows(client, 'SHOW wal_level');
  if (walLevel?.[0] !== 'logical') {
    throw new PlatformError(
      'logical_decoding_off',
      `wal_level is ${walLevel?.[0]}, change capture needs logical · ALTER SYSTEM SET wal_level = logical, then restart postgres`,
      { retryable: true },
    );
  }
  const [found] = await queryRows(client, 'SELECT 1 FROM pg_publication WHERE pubname = $1', [publication]);
  if (found === undefined) {
    throw new PlatformError(
      'publication_missing',
      `there is no publication ${publication} · CREATE PUBLICATION ${publication} FOR TABLE …`,
      { retryable: true },
    );
  }
}
