import { compose } from '../../shared/runtime/compose.ts';
import { deadlineSignal } from '../../shared/runtime/deadline.ts';
import { parseRunRequest } from '../../shared/runtime/run-request.ts';
import { buildFeatures } from './build-features.ts';

const platform = compose('build-features');

export async function handler(event: unknown, context: { getRemainingTimeInMillis(): number }) {
  const request = parseRunRequest(event, platform.clock.now(), platform.newId);
  const report = await buildFeatures(request, {
    lakeTable: await platform.bulkLakeTable(),
    objectStore: await platform.objectStore(),
    engine: await platform.queryEngine(),
    now: () => platform.clock.now(),
    deadline: deadlineSignal(context),
  });
  platform.logger.log('info', 'features built', { report });
  return report;
}
