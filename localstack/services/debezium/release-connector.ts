import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { PlatformError } from '../../../shared/errors.ts';
import type { ConnectClient } from './connect-client.ts';
import { slotIsRead } from './slot-session.ts';

const POLL_MS = 50;
/** Debezium lets a task's threads end for up to a minute (`shutdown.timeout` of its engine's executor). */
const STOPPED_WITHIN_MS = 70_000;

/**
 * Stops a connector, where there is one, until its tasks have ended and the slot has no reader: from then on its offset is
 * the whole truth of what it wrote.
 */
export async function releaseConnector(
  connect: ConnectClient,
  connector: string,
  client: pg.Client,
  slot: string,
): Promise<void> {
  if ((await connect.config(connector)) === null) return;
  await connect.stop(connector);
  const deadline = performance.now() + STOPPED_WITHIN_MS;
  while (performance.now() < deadline) {
    const status = await connect.status(connector);
    // A connector that is starting has no status yet; only one that was removed meanwhile has ended without.
    const ended =
      status === null
        ? (await connect.config(connector)) === null
        : status.state === 'STOPPED' && status.tasks.length === 0;
    if (ended && !(await slotIsRead(client, slot))) return;
    await sleep(POLL_MS);
  }
  throw new PlatformError(
    'slot_in_use',
    `slot ${slot} still has a reader ${STOPPED_WITHIN_MS / 1000} s after connector ${connector} was told to stop`,
    { retryable: true },
  );
}
