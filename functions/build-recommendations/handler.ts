import { compose } from '../../shared/runtime/compose.ts';
import { deadlineSignal } from '../../shared/runtime/deadline.ts';
import { parseRunRequest } from '../../shared/runtime/run-request.ts';
import { readServingState } from '../../shared/serving/index.ts';
import { buildRecommendations } from './build-recommendations.ts';

const platform = compose('build-recommendations');

export async function handler(event: unknown, context: { getRemainingTimeInMillis(): number }) {
  const { clock, logger, newId, controlTable, objectStore, onlineStore } = platform;
  const report = await buildRecommendations(parseRunRequest(event, clock.now(), newId), {
    lakeTable: await platform.lakeTable(),
    objectStore: await objectStore(),
    online: await onlineStore(),
    servingState: () => readServingState({ controlTable, objectStore, online: onlineStore, now: clock.now }),
    now: clock.now,
    newProducts: platform.config.newProducts,
    deadline: deadlineSignal(context),
    onProgress: (message) => logger.log('debug', message),
  });
  logger.log('info', `recommendations ${report.outcome}`, { report });
  return report;
}
