import { compose } from '../../shared/runtime/compose.ts';
import { deadlineSignal } from '../../shared/runtime/deadline.ts';
import { loadOnlineStore } from './load-online-store.ts';

const platform = compose('load-online-store');

export async function handler(_event: unknown, context: { getRemainingTimeInMillis(): number }) {
  const report = await loadOnlineStore({
    lakeTable: await platform.lakeTable(),
    objectStore: await platform.objectStore(),
    engine: await platform.queryEngine(),
    online: await platform.onlineStore(),
    deadline: deadlineSignal(context),
  });
  platform.logger.log('info', 'online store loaded', { report });
  return report;
}
