import { setTimeout as delay } from 'node:timers/promises';
import { compose } from '../../shared/runtime/compose.ts';
import { DAILY_PIPELINE } from './pipeline.ts';
import { runIdOfEvent } from './run-id.ts';
import { runPipeline } from './run-pipeline.ts';

const OWN_NAME = 'run-pipeline';
const platform = compose(OWN_NAME);

export async function handler(event: unknown, context: { readonly functionName: string }) {
  const { clock, newId, logger } = platform;
  const request = {
    runId: runIdOfEvent(event, clock.now(), newId),
    // The jobs are functions of the same service and stage: customer-insight-dev-run-pipeline -> customer-insight-dev-
    functionPrefix: context.functionName.slice(0, -OWN_NAME.length),
  };
  const report = await runPipeline(DAILY_PIPELINE, request, {
    controlTable: await platform.controlTable(),
    eventLog: await platform.eventLog(),
    invoke: await platform.invoke(),
    time: { now: clock.now, wait: (ms, signal) => delay(ms, undefined, signal ? { signal } : {}) },
  });
  logger.log(report.outcome === 'failed' ? 'error' : 'info', `pipeline ${report.outcome}`, { report });
  return report;
}
