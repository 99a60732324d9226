import { messageOf } from '../../shared/errors.ts';
import {
  type Consumer,
  type EventLog,
  type LambdaEventSource,
  type LambdaKafkaEvent,
  offsetLag,
} from '../../shared/kafka/index.ts';
import { type ConcurrencyLimit, concurrencyLimit } from './concurrency-limit.ts';
import { type MappingMetrics, newCounters } from './mapping-metrics.ts';
import { type MappingSettings, mappingSettings } from './mapping-settings.ts';
import { PartitionWorker, type WorkerContext } from './partition-worker.ts';
import { systemTimers, type Timers } from './timers.ts';

export interface EventSourceMappingOptions {
  readonly log: EventLog;
  readonly mapping: Pick<MappingSettings, 'functionName' | 'topic' | 'groupId'> & Partial<MappingSettings>;
  /** Rejects when the function failed, for whatever reason. */
  readonly invoke: (event: LambdaKafkaEvent) => Promise<unknown>;
  /** Told of every failure, with the place in the log. */
  readonly onProblem: (message: string, fields: Readonly<Record<string, unknown>>) => void;
  /** What the event says about its origin. */
  readonly source?: LambdaEventSource;
  /** Shared by mappings of one function that is limited as a whole; by default five at once, as one AWS poller. */
  readonly limit?: ConcurrencyLimit;
  readonly backoff?: { readonly firstMs: number; readonly mostMs: number };
  readonly timers?: Timers;
  readonly random?: () => number;
}

export interface EventSourceMapping {
  readonly settings: MappingSettings;
  metrics(): Promise<MappingMetrics>;
  /** Lets running invocations finish and commit, and starts no more. */
  stop(): Promise<void>;
}

/** Starts to read the topic and to invoke the function; the rules are in `SPEC.md`. */
export async function startEventSourceMapping(
  options: EventSourceMappingOptions,
): Promise<EventSourceMapping> {
  const { log, onProblem, timers = systemTimers } = options;
  const settings = mappingSettings(options.mapping);
  const { topic, groupId, deadLetterTopic, startingPosition } = settings;
  if (deadLetterTopic !== null) await log.createTopics([{ topic: deadLetterTopic, partitions: 1 }]);

  const counters = newCounters();
  const stopping = new AbortController();
  const context: WorkerContext = {
    settings,
    source: options.source ?? { eventSource: 'SelfManagedKafka', bootstrapServers: '127.0.0.1:9092' },
    log,
    commit: (partition, nextOffset) => consumer.commit(partition, nextOffset),
    invoke: options.invoke,
    limit: options.limit ?? concurrencyLimit(POLLER_CONCURRENCY),
    timers,
    random: options.random ?? Math.random,
    backoff: options.backoff ?? { firstMs: 200, mostMs: 30_000 },
    counters,
    onProblem,
    stopping: stopping.signal,
  };
  const workers = new Map<number, PartitionWorker>();
  const workerOf = (partition: number): PartitionWorker => {
    const worker = workers.get(partition) ?? new PartitionWorker({ topic, partition }, context);
    workers.set(partition, worker);
    return worker;
  };
  const consumer: Consumer = await log.subscribe({
    groupId,
    topic,
    startingPosition,
    maxBytes: FETCH_BYTES,
    deliver: (records) =>
      records[0] === undefined ? NOTHING : workerOf(records[0].partition).deliver(records),
    onError: (error, at) => {
      counters.lastError = { message: messageOf(error), at: timers.now() };
      onProblem('partition cannot be read', {
        function: settings.functionName,
        topic,
        ...at,
        error: messageOf(error),
      });
    },
  });

  return {
    settings,
    metrics: async () => ({ ...counters, OffsetLag: await offsetLag(await log.positions(topic, groupId)) }),
    stop: async () => {
      stopping.abort();
      await Promise.all([...workers.values()].map((worker) => worker.stopped));
      await consumer.stop();
    },
  };
}

/** Invocations of one AWS poller at a time. */
const POLLER_CONCURRENCY = 5;
const FETCH_BYTES = 1024 * 1024;
const NOTHING = Promise.resolve();
