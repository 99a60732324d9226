import { once } from 'node:events';
import type { JsonObject } from '../../shared/control/index.ts';
import { messageOf, PlatformError } from '../../shared/errors.ts';
import { compose } from '../../shared/runtime/compose.ts';
import { childEnvironment } from '../../shared/runtime/config.ts';
import { describePlace } from '../../shared/runtime/places.ts';
import { planMappings } from '../plugin/plan-mappings.ts';
import { printedService } from '../plugin/printed-service.ts';
import { startMappings } from '../plugin/start-mappings.ts';
import type { EventSourceMapping } from '../poller/index.ts';
import { awsDestinations } from '../services/aws-destinations.ts';
import { undoAll } from '../services/undo.ts';
import { parseCommand, runCommand } from './arguments.ts';

const METRICS_EVERY_MS = 60_000;

/** The event source mappings of serverless.yml, beside a Lambda endpoint that has none for Kafka. */
await runCommand(async () => {
  const { values } = parseCommand({
    usage: 'npm run poll -- [--stage NAME]',
    options: {
      stage: { type: 'string', description: 'the deployed stage whose functions are invoked (dev)' },
    },
  });
  const stop = stopSignal();
  const planned = planMappings(
    await printedService(process.cwd(), values.stage ?? 'dev', childEnvironment({})),
  );
  if (planned.length === 0) {
    throw new PlatformError('no_event_source_mapping', 'serverless.yml has no enabled kafka or msk event');
  }
  const platform = compose('poller');
  const [log, invoke] = [await platform.eventLog(), await platform.invoke()];
  print(
    `invoking at ${platform.config.lambdaEndpoint}, reading ${describePlace(platform.config.eventLog.place)}`,
  );
  const mappings: EventSourceMapping[] = [];
  try {
    await startMappings(planned, {
      log,
      invokerOf:
        ({ deployedName }) =>
        (event) =>
          // The event is JSON; its type, an interface, does not say so.
          invoke(deployedName, event as object as JsonObject),
      onProblem: (message, fields) => platform.logger.log('error', message, fields),
      signal: stop,
      destinations: awsDestinations({
        endpoint: platform.config.awsEndpoint,
        signing: platform.config.lambdaSigning,
      }),
      onStarted: (mapping) => {
        mappings.push(mapping);
        print(describeMapping(mapping, planned[mappings.length - 1]!.deployedName));
      },
    });
    if (!stop.aborted) print(`ready: ${mappings.length} event source mappings`);
    const reporting = setInterval(() => {
      reportMetrics(mappings).catch((error: unknown) =>
        platform.logger.log('error', 'metrics cannot be read', { error: messageOf(error) }),
      );
    }, METRICS_EVERY_MS);
    if (!stop.aborted) await once(stop, 'abort');
    clearInterval(reporting);
    print('stopping: running invocations finish and are committed');
  } finally {
    // A log that stayed open would keep the process alive.
    await undoAll([
      () => log.close(),
      () => reportMetrics(mappings),
      () => Promise.all(mappings.map((mapping) => mapping.stop())),
    ]);
  }
});

/** The second signal ends the process: what then runs is delivered again after the next start. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(1);
      stop.abort();
    });
  }
  return stop.signal;
}

function describeMapping({ settings }: EventSourceMapping, deployedName: string): string {
  const { topic, groupId, batchSize, maximumBatchingWindowSeconds } = settings;
  return `${topic} -> ${deployedName} (group ${groupId}, up to ${batchSize} records or ${maximumBatchingWindowSeconds} s)`;
}

async function reportMetrics(mappings: readonly EventSourceMapping[]): Promise<void> {
  for (const { settings, metrics } of mappings) {
    const { lastError, ...counters } = await metrics();
    const figures = Object.entries(counters).map(([name, count]) => `${name}=${count}`);
    print(`metrics ${settings.functionName} < ${settings.topic}: ${figures.join(' ')}`);
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
