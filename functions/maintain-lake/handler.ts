import { setTimeout as delay } from 'node:timers/promises';
import { compose } from '../../shared/runtime/compose.ts';
import { deadlineSignal } from '../../shared/runtime/deadline.ts';
import { LAKE_TABLES } from '../../shared/tables/index.ts';
import { maintainLake } from './maintain-lake.ts';

const platform = compose('maintain-lake');

export async function handler(_event: unknown, context: { getRemainingTimeInMillis(): number }) {
  const { clock, logger } = platform;
  const report = await maintainLake(LAKE_TABLES, platform.newId(), {
    lakeTable: await platform.bulkLakeTable(),
    objectStore: await platform.objectStore(),
    controlTable: await platform.controlTable(),
    eventLog: await platform.eventLog(),
    time: { now: clock.now, wait: (ms, signal) => delay(ms, undefined, signal ? { signal } : {}) },
    deadline: deadlineSignal(context),
  });
  logger.log('info', `lake ${report.outcome}`, { report });
  return report;
}
