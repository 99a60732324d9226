import { PlatformError } from '../../shared/errors.ts';
import type { EventLog } from '../../shared/kafka/index.ts';
import { findSnapshot, type ObjectStore } from '../../shared/lake/index.ts';
import { rawTable, SHOP_TABLES } from '../../shared/tables/index.ts';
import type { ConsumedTopic } from '../services/consumer-lag.ts';

/**
 * Consumer groups outlive a deployment. One that has read on for a lake that was removed since would begin the new lake in
 * the middle, and nothing would tell.
 * @throws PlatformError `lake_begins_in_the_middle`
 */
export async function refuseGap(
  store: ObjectStore,
  eventLog: Pick<EventLog, 'positions'>,
  consumers: readonly ConsumedTopic[],
): Promise<void> {
  const found = await Promise.all(SHOP_TABLES.map((table) => findSnapshot(store, rawTable(table).name)));
  if (found.some((snapshot) => snapshot !== null)) return;
  for (const { topic, groupId } of consumers) {
    const positions = await eventLog.positions(topic, groupId);
    if (!positions.some(({ earliest, committed }) => committed !== null && committed > earliest)) continue;
    throw new PlatformError(
      'lake_begins_in_the_middle',
      `the lake is empty, yet group ${groupId} has read ${topic} for an earlier one · begin with an empty log: npm run services -- down kafka connect --wipe, then up`,
    );
  }
}
