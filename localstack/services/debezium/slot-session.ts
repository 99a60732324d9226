import type pg from 'pg';
import { parseLsn } from '../../../shared/cdc/index.ts';
import { PlatformError } from '../../../shared/errors.ts';
import { type CaptureSource, checkSource, openSession, queryRows } from '../embedded/change-capture/index.ts';

/** Runs `work` with a session, and what the database and the publication are. */
export async function withSource<T>(
  databaseUrl: string,
  publication: string,
  work: (client: pg.Client, source: CaptureSource) => Promise<T>,
): Promise<T> {
  const client = await openSession(databaseUrl);
  try {
    const replication = await openSession(databaseUrl, { replication: true });
    let source: CaptureSource;
    try {
      source = await checkSource(client, replication, publication);
    } finally {
      await replication.end();
    }
    return await work(client, source);
  } finally {
    await client.end().catch(() => {
      // The server has closed it already; what went wrong is told by the query that met it.
    });
  }
}

export async function slotIsRead(client: pg.Client, slot: string): Promise<boolean> {
  const [row] = await queryRows(client, 'SELECT active FROM pg_replication_slots WHERE slot_name = $1', [
    slot,
  ]);
  return row?.[0] === 't';
}

/** @throws PlatformError `slot_in_use`, retryable: a killed reader's session ends within seconds */
export async function checkSlotIsFree(client: pg.Client, slot: string): Promise<void> {
  if (await slotIsRead(client, slot)) {
    throw new PlatformError(
      'slot_in_use',
      `slot ${slot} is being read by another session · stop its capture; a slot has one reader at a time`,
      { retryable: true },
    );
  }
}

/** Moves the slot forward to `lsn`, so that no reader gets again what commits before it; never back. */
export async function advanceSlot(client: pg.Client, slot: string, lsn: bigint): Promise<void> {
  await client.query(
    `SELECT pg_replication_slot_advance(slot_name, '0/0'::pg_lsn + $2::numeric)
       FROM pg_replication_slots
      WHERE slot_name = $1 AND confirmed_flush_lsn < '0/0'::pg_lsn + $2::numeric`,
    [slot, lsn.toString()],
  );
}

/** Where the log stands. */
export async function currentLsn(client: pg.Client): Promise<bigint> {
  const [row] = await queryRows(client, 'SELECT pg_current_wal_insert_lsn()');
  return parseLsn(row![0]!);
}
