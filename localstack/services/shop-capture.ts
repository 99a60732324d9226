import { SHOP_PUBLICATION, SHOP_SLOT, SHOP_TOPIC_PREFIX } from '../../shared/domain/index.ts';
import type { SourceEventLog } from '../../shared/kafka/index.ts';
import { systemClock } from '../../shared/runtime/compose.ts';
import type { Config } from '../../shared/runtime/config.ts';
import type { Logger } from '../../shared/runtime/logger.ts';
import { startDebeziumCapture, takeSlotFromDebezium } from './debezium/index.ts';
import { type ChangeCapture, type ChangeSink, startChangeCapture } from './embedded/change-capture/index.ts';

/** Starts the change capture that the settings choose; where the other one had the slot, it is handed over first. */
export async function startShopCapture(
  config: Config,
  databaseUrl: string,
  eventLog: SourceEventLog,
  log: Logger,
): Promise<ChangeCapture> {
  const sink: ChangeSink = {
    position: () => eventLog.positionOf(SHOP_SLOT),
    append: async (records, position) => {
      await eventLog.appendWithPosition(SHOP_SLOT, records, position);
    },
  };
  const source = { databaseUrl, publication: SHOP_PUBLICATION, slot: SHOP_SLOT, sink, log };
  if (config.changeCapture.kind === 'debezium') {
    const { connectUrl, databaseUrl: connectDatabaseUrl } = config.changeCapture;
    return startDebeziumCapture({
      ...source,
      connectUrl,
      ...(connectDatabaseUrl !== null && { connectDatabaseUrl }),
      topicPrefix: SHOP_TOPIC_PREFIX,
      eventLog,
      clock: systemClock,
      // An embedded database ends with the platform, and a connector without its database fails again and again.
      keepRunning: config.shop.databaseUrl !== null,
    });
  }
  await takeSlotFromDebezium(source);
  return startChangeCapture({ ...source, topicPrefix: SHOP_TOPIC_PREFIX, clock: systemClock });
}
