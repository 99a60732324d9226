import { readChanges } from '../../shared/cdc/index.ts';
import { recordsOfEvent } from '../../shared/kafka/index.ts';
import { compose } from '../../shared/runtime/compose.ts';
import { aggregateRevenue } from './aggregate-revenue.ts';

const platform = compose('aggregate-revenue');

export async function handler(event: unknown) {
  return aggregateRevenue(readChanges(recordsOfEvent(event)), {
    online: await platform.onlineStore(),
    eventLog: await platform.eventLog(),
    now: platform.clock.now,
  });
}
