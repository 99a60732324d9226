import { compose } from '../../shared/runtime/compose.ts';
import { deadlineSignal } from '../../shared/runtime/deadline.ts';
import { parseRunRequest } from '../../shared/runtime/run-request.ts';
import { trainModel } from './train-model.ts';

const platform = compose('train-model');

export async function handler(event: unknown, context: { getRemainingTimeInMillis(): number }) {
  const { clock, logger, newId } = platform;
  const report = await trainModel(parseRunRequest(event, clock.now(), newId), {
    lakeTable: await platform.bulkLakeTable(),
    objectStore: await platform.objectStore(),
    engine: await platform.queryEngine(),
    controlTable: await platform.controlTable(),
    now: clock.now,
    deadline: deadlineSignal(context),
    onProgress: (message) => logger.log('debug', message),
  });
  logger.log('info', `model ${report.outcome}`, { report });
  return report;
}
