import { userId } from '../../shared/domain/index.ts';
import { messageOf, PlatformError } from '../../shared/errors.ts';
import { keys } from '../../shared/online/index.ts';
import { changeTopic, rawTable } from '../../shared/tables/index.ts';
import type { InsightPorts } from './read-models/overview.ts';

/**
 * Asks every store that requests need for something small.
 * @throws not_ready (HTTP 503) naming those that did not answer
 */
export async function readiness(ports: InsightPorts): Promise<{ status: 'ready'; checkedAt: string }> {
  const checks: Readonly<Record<string, () => Promise<unknown>>> = {
    'online store': () => ports.onlineStore.read([keys.userRecent(userId(1))]),
    'event log': () => ports.eventLog.positions(changeTopic('orders')),
    'control table': () => ports.controlTable.get({ partition: 'health', sort: 'none' }),
    lakehouse: () => ports.lake.snapshot(rawTable('orders')),
  };
  const failures = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => {
      try {
        await check();
        return [];
      } catch (thrown) {
        return [`${name}: ${messageOf(thrown)}`];
      }
    }),
  );
  const failed = failures.flat();
  if (failed.length > 0) throw new PlatformError('not_ready', failed.join('; '), { retryable: true });
  return { status: 'ready', checkedAt: new Date(ports.now()).toISOString() };
}
