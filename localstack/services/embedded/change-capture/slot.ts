import type pg from 'pg';
import { type Lsn, parseLsn } from '../../../../shared/cdc/index.ts';
import { PlatformError } from '../../../../shared/errors.ts';
import type { CapturePosition, CaptureSource } from './capture-position.ts';
import { queryRows } from './database-session.ts';

export interface SlotState {
  readonly confirmedFlush: Lsn | null;
  /** `reserved`, `extended`, `unreserved`, or `lost`: needed WAL is gone. */
  readonly walStatus: string | null;
}

/** What to do with the slot, given what the sink holds. */
export type StartPlan =
  | { readonly action: 'resume'; readonly position: CapturePosition }
  /** `reason`: null at the very first start. `wasComplete`: the sink had all there was, so changes may be missing. */
  | { readonly action: 'snapshot'; readonly reason: string | null; readonly wasComplete: boolean }
  /** Nothing right can be done with this sink and this database together. */
  | { readonly action: 'refuse'; readonly error: PlatformError };

/**
 * A slot that stands past what the sink holds was made anew or moved by someone else: what lies between is not in the
 * sink and cannot be had from the slot, so all rows are read afresh.
 */
export function planStart(
  position: CapturePosition | null,
  slot: SlotState | null,
  source: CaptureSource,
): StartPlan {
  if (position === null) {
    return { action: 'snapshot', reason: null, wasComplete: false };
  }
  if (position.source.systemId !== source.systemId) {
    const message =
      `the event log holds changes of database cluster ${position.source.systemId}, this is ${source.systemId}` +
      ' · use the database of before, or start afresh with npm run reset';
    return { action: 'refuse', error: new PlatformError('other_database', message) };
  }
  if (!position.snapshotDone) {
    return { action: 'snapshot', reason: 'the snapshot was not finished', wasComplete: false };
  }
  const afresh = (reason: string): StartPlan => ({ action: 'snapshot', reason, wasComplete: true });
  if (position.source.publicationOid !== source.publicationOid) {
    return afresh('the publication was made anew');
  }
  if (slot === null) {
    return afresh('the slot is gone');
  }
  if (slot.walStatus === 'lost') {
    return afresh('the slot fell too far behind and lost its log');
  }
  if (slot.confirmedFlush === null || slot.confirmedFlush > position.safeLsn) {
    return afresh(`the slot stands at ${slot.confirmedFlush}, past the stored position ${position.safeLsn}`);
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

/**
 * Logical decoding must be on, and the publication must be older than the slot, or changes are missed.
 * Tells which database and publication it found.
 */
export async function checkSource(
  client: pg.Client,
  replication: pg.Client,
  publication: string,
): Promise<CaptureSource> {
  const [walLevel] = await queryRows(client, 'SHOW wal_level');
  if (walLevel?.[0] !== 'logical') {
    throw new PlatformError(
      'logical_decoding_off',
      `wal_level is ${walLevel?.[0]}, change capture needs logical · ALTER SYSTEM SET wal_level = logical, then restart postgres`,
      { retryable: true },
    );
  }
  const [found] = await queryRows(client, 'SELECT oid FROM pg_publication WHERE pubname = $1', [publication]);
  if (found === undefined) {
    throw new PlatformError(
      'publication_missing',
      `there is no publication ${publication} · CREATE PUBLICATION ${publication} FOR TABLE …`,
      { retryable: true },
    );
  }
  const { rows } = await replication.query<{ systemid: string }>('IDENTIFY_SYSTEM');
  return { systemId: rows[0]?.systemid ?? '', publicationOid: Number(found[0]) };
}
