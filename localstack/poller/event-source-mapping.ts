import { createHash, randomUUID } from 'node:crypto';
import { messageOf } from '../../shared/errors.ts';
import {
  type Assignment,
  type EventLog,
  type LambdaEventSource,
  offsetLag,
} from '../../shared/kafka/index.ts';
import { type ConcurrencyLimit, concurrencyLimit } from './concurrency-limit.ts';
import { type DestinationPorts, openDestination } from './destinations/open-destination.ts';
import { recordFilter } from './filters/record-filter.ts';
import { type MappingMetrics, newCounters } from './mapping-metrics.ts';
import {
  filterPlace,
  type MappingSettings,
  mappingSettings,
  type WantedMapping,
} from './mapping-settings.ts';
import { PartitionWorker } from './partition-worker.ts';
import { systemTimers, type Timers } from './timers.ts';
import type { InvokeFunction, OnProblem, WorkerContext } from './worker-context.ts';

export interface EventSourceMappingOptions {
  readonly log: EventLog;
  readonly mapping: WantedMapping;
  readonly invoke: InvokeFunction;
  readonly onProblem: OnProblem;
  /** What the event says about its origin. */
  readonly source?: LambdaEventSource;
  /** How on-failure destinations name the function. */
  readonly functionArn?: string;
  /** Needed for a destination that is not a topic of the log. */
  readonly destinations?: DestinationPorts;
  /** Shared by mappings of one function that is limited as a whole; by default five at once, as one AWS poller. */
  readonly limit?: ConcurrencyLimit;
  readonly backoff?: { readonly firstMs: number; readonly mostMs: number };
  readonly timers?: Timers;
  readonly random?: () => number;
  readonly newId?: () => string;
}

export interface EventSourceMapping {
  /** Stable for function, topic and group; in AWS's form of a UUID. */
  readonly id: string;
  readonly settings: MappingSettings;
  metrics(): Promise<MappingMetrics>;
  /** Lets running invocations finish and commit, and starts no more. */
  stop(): Promise<void>;
}

/**
 * Starts to read the topic and to invoke the function; the rules are in `SPEC.md`.
 * @throws PlatformError `invalid_event_source_mapping`, `invalid_filter_pattern`, `destination_not_available`
 */
export async function startEventSourceMapping(
  options: EventSourceMappingOptions,
): Promise<EventSourceMapping> {
  const { log, onProblem, timers = systemTimers, destinations = {} } = options;
  const settings = mappingSettings(options.mapping);
  const { functionName, topic, groupId, startingPosition, onFailureDestination } = settings;
  const id = mappingId(settings);
  const counters = newCounters();
  const stopping = new AbortController();
  const context: WorkerContext = {
    settings,
    source: options.source ?? { eventSource: 'SelfManagedKafka', bootstrapServers: '127.0.0.1:9092' },
    functionArn: options.functionArn ?? `arn:aws:lambda:us-east-1:000000000000:function:${functionName}`,
    isWanted: recordFilter(settings.filterPatterns, filterPlace(settings)),
    destination:
      onFailureDestination === null
        ? null
        : await openDestination(onFailureDestination, { log, mappingId: id, ports: destinations }),
    invoke: options.invoke,
    limit: options.limit ?? concurrencyLimit(POLLER_CONCURRENCY),
    timers,
    random: options.random ?? Math.random,
    newId: options.newId ?? randomUUID,
    backoff: options.backoff ?? { firstMs: 200, mostMs: 30_000 },
    counters,
    onProblem,
    stopping: stopping.signal,
  };
  const workers = new Map<number, PartitionWorker>();
  const workerOf = (assignment: Assignment): PartitionWorker => {
    const known = workers.get(assignment.partition);
    if (known?.assignment === assignment) return known;
    // A partition that comes back may still have an invocation running for the time before.
    const worker = new PartitionWorker(assignment, context, known?.ended ?? NOTHING);
    workers.set(assignment.partition, worker);
    return worker;
  };
  const consumer = await log.subscribe({
    groupId,
    topic,
    startingPosition,
    maxBytes: FETCH_BYTES,
    deliver: (records, assignment) => workerOf(assignment).deliver(records),
    onError: (error, at) => {
      counters.lastError = { message: messageOf(error), at: timers.now() };
      onProblem('records cannot be read', {
        function: functionName,
        topic,
        ...at,
        error: messageOf(error),
      });
    },
  });

  return {
    id,
    settings,
    metrics: async () => ({ ...counters, OffsetLag: await offsetLag(await log.positions(topic, groupId)) }),
    stop: async () => {
      stopping.abort();
      await Promise.all([...workers.values()].map((worker) => worker.ended));
      await consumer.stop();
    },
  };
}

/** Invocations of one AWS poller at a time. */
const POLLER_CONCURRENCY = 5;
const FETCH_BYTES = 1024 * 1024;
const NOTHING = Promise.resolve();

function mappingId({ functionName, topic, groupId }: MappingSettings): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([functionName, topic, groupId]))
    .digest('hex');
  return [8, 4, 4, 4, 12].map((length, i) => digest.slice(i * 12, i * 12 + length)).join('-');
}
