import type { EventLog } from '../../shared/kafka/index.ts';
import {
  concurrencyLimit,
  type DestinationPorts,
  type EventSourceMapping,
  type InvokeFunction,
  type OnProblem,
  startEventSourceMapping,
} from '../poller/index.ts';
import type { PlannedMapping } from './plan-mappings.ts';

export interface MappingsHost {
  readonly log: EventLog;
  readonly invokerOf: (mapping: PlannedMapping) => InvokeFunction;
  readonly onProblem: OnProblem;
  readonly destinations?: DestinationPorts;
  /** Aborts when the host is told to stop: then no further mapping is started. */
  readonly signal: AbortSignal;
  /** Told of each one at once: the start of a later one may fail. */
  readonly onStarted: (mapping: EventSourceMapping) => void;
}

/** Starts the mappings one after the other; those of a function with reserved concurrency share its places. */
export async function startMappings(planned: readonly PlannedMapping[], host: MappingsHost): Promise<void> {
  const reserved = new Map(
    planned.flatMap(({ settings, reservedConcurrency }) =>
      reservedConcurrency === null
        ? []
        : [[settings.functionName, concurrencyLimit(reservedConcurrency)] as const],
    ),
  );
  for (const mapping of planned) {
    if (host.signal.aborted) return;
    const { settings, source, functionArn, concurrency } = mapping;
    host.onStarted(
      await startEventSourceMapping({
        log: host.log,
        mapping: settings,
        source,
        functionArn,
        invoke: host.invokerOf(mapping),
        onProblem: host.onProblem,
        limit: reserved.get(settings.functionName) ?? concurrencyLimit(concurrency),
        ...(host.destinations && { destinations: host.destinations }),
      }),
    );
  }
}
