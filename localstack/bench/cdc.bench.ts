import { setTimeout as sleep } from 'node:timers/promises';
import { PlatformError } from '../../shared/errors.ts';
import type { LakeCommit, LakeFollower } from './cdc-lake.ts';
import { type Pipeline, withPipeline } from './cdc-pipeline.ts';
import { type ShopWriter, sumOfCounts } from './cdc-workload.ts';
import { childrenOf, type ResidentMemory, residentMemoryOf, threadsOf } from './process-usage.ts';

export interface CdcBenchOptions {
  /** Of the first part; the one with all functions makes a quarter of them. */
  readonly changes?: number;
  /** Only the first part. */
  readonly onlyIngest?: boolean;
  /** Where the platform leaves a CPU profile of each of its threads. */
  readonly profileFolder?: string;
}

const CHANGES = 2_000_000;
/** The workload waits while so many changes are not in the lake: ten seconds of the pace that is wanted. */
const MOST_BEHIND = 200_000;
const STEADY_CHANGES_PER_SECOND = 20_000;
const STEADY_SECONDS = 20;
const WINDOW_MS = 10_000;
/** Without a version for so long the lake counts as stuck. */
const GIVE_UP_MS = 60_000;

const INGEST = ['ingest-changes'];
const ALL_CONSUMERS = ['ingest-changes', 'update-online-state', 'aggregate-revenue'];

/**
 * From a commit in Postgres to the Delta version that holds its changes: embedded Postgres, change capture, event log, event
 * source mappings with the settings of serverless.yml, functions in worker threads, a folder as the lakehouse. First as fast as
 * it goes, then at a steady pace, which shows the delay; then as fast as it goes with all consumers of the shop's changes.
 */
export async function benchCdc(print: (line: string) => void, options: CdcBenchOptions = {}): Promise<void> {
  const { changes = CHANGES, onlyIngest = false, profileFolder } = options;
  await withPipeline(INGEST, profileFolder, async (pipeline) => {
    print(`ingest-changes alone, at most ${count(MOST_BEHIND)} changes behind`);
    await measure(pipeline, { changes, perSecond: null }, print);
    if (!onlyIngest) await measureSteady(pipeline, changes, print);
    await verify(pipeline, print);
  });
  if (onlyIngest) return;
  await withPipeline(ALL_CONSUMERS, undefined, async (pipeline) => {
    print(`${ALL_CONSUMERS.join(', ')}, at most ${count(MOST_BEHIND)} changes behind in the lake`);
    await measure(pipeline, { changes: Math.ceil(changes / 4), perSecond: null }, print);
    await verify(pipeline, print);
  });
}

async function measureSteady(pipeline: Pipeline, most: number, print: (line: string) => void): Promise<void> {
  print(`ingest-changes alone, ${count(STEADY_CHANGES_PER_SECOND)} changes/s`);
  const changes = Math.min(most, STEADY_CHANGES_PER_SECOND * STEADY_SECONDS);
  await measure(pipeline, { changes, perSecond: STEADY_CHANGES_PER_SECOND }, print);
}

interface Load {
  readonly changes: number;
  /** null: as fast as the lake takes them. */
  readonly perSecond: number | null;
}

async function measure(pipeline: Pipeline, load: Load, print: (line: string) => void): Promise<void> {
  const { lake, checker } = pipeline;
  const [transactionsBefore, commitsBefore] = [transactionsOf(pipeline), lake.commits.length];
  const cpuBefore = cpuOf(pipeline);
  const memory = watchMemory(pipeline.hostPid);
  const begin = Date.now();
  await run(pipeline, load);
  const commits = lake.commits.slice(commitsBefore);
  const end = Math.max(...commits.map(({ at }) => at));
  const seconds = (end - begin) / 1000;
  const transactions = transactionsOf(pipeline) - transactionsBefore;
  print(
    `  ${count(load.changes)} changes in ${count(transactions)} transactions and ${count(commits.length)} versions: ${seconds.toFixed(1)} s, ${count(load.changes / seconds)} changes/s`,
  );
  print(`  by ${WINDOW_MS / 1000} s: ${byWindow(commits, begin).map(count).join(' · ')} changes/s`);
  const { p50, p95 } = await checker.lagMs(commits);
  print(`  commit in Postgres -> version in Delta: p50 ${p50.toFixed(0)} · p95 ${p95.toFixed(0)} ms`);
  const cpu = cpuOf(pipeline).map(({ part, ms }, i) => ({ part, ms: ms - (cpuBefore[i]?.ms ?? 0) }));
  const all = cpu.reduce((sum, { ms }) => sum + ms, 0);
  const shares = cpu.map(({ part, ms }) => `${part} ${((ms * 1000) / load.changes).toFixed(1)}`);
  print(
    `  CPU, µs a change: ${shares.join(' · ')} · together ${((all * 1000) / load.changes).toFixed(1)} (${(all / 1000 / seconds).toFixed(2)} cores)`,
  );
  print(`  resident memory of the platform: ${memory.stop()}`);
}

/** Makes the changes, and waits until all of them are in the lake. */
async function run({ writers, lake }: Pipeline, { changes, perSecond }: Load): Promise<void> {
  const begin = Date.now();
  const rowsBefore = lake.rows;
  const failed = new AbortController();
  let planned = 0;
  const mayCommit = () =>
    perSecond === null
      ? planned - (lake.rows - rowsBefore) < MOST_BEHIND
      : planned < ((Date.now() - begin) / 1000) * perSecond;
  const write = async (writer: ShopWriter): Promise<void> => {
    while (planned < changes && !failed.signal.aborted) {
      if (mayCommit()) {
        const rows = writer.drawRows(changes - planned);
        planned += rows;
        await writer.commit(rows);
      } else {
        await sleep(5);
      }
    }
  };
  const follow = untilInLake(lake, rowsBefore + changes);
  await Promise.all([follow, ...writers.map(write)]).finally(() => failed.abort());
}

async function untilInLake(lake: LakeFollower, rows: number): Promise<void> {
  let grownAt = Date.now();
  for (let before = lake.rows; lake.rows < rows; before = lake.rows) {
    await sleep(LOOK_EVERY_MS);
    await lake.follow();
    if (lake.rows > before) grownAt = Date.now();
    if (Date.now() - grownAt > GIVE_UP_MS) {
      throw new PlatformError(
        'bench_stuck',
        `${lake.rows} of ${rows} changes are in the lake, and none was added for ${GIVE_UP_MS / 1000} s`,
      );
    }
  }
}

function transactionsOf({ writers }: Pipeline): number {
  return writers.reduce((sum, { transactions }) => sum + transactions, 0);
}

const LOOK_EVERY_MS = 50;

async function verify(
  { writers, lake, checker, shop }: Pipeline,
  print: (line: string) => void,
): Promise<void> {
  const problems = await checker.problems(sumOfCounts(writers.map(({ counts }) => counts)), shop);
  if (problems.length > 0) throw new PlatformError('bench_wrong_lake', problems.join('\n'));
  print(
    `  raw/orders and raw/order_items, read by DuckDB: each of ${count(lake.rows)} changes once by (commit_lsn, tx_index), and they leave the shop's rows`,
  );
}

/** The last window is left out where it is not whole. */
function byWindow(commits: readonly LakeCommit[], begin: number): readonly number[] {
  const windows: number[] = [];
  const end = Math.max(...commits.map(({ at }) => at));
  for (let from = begin; from + WINDOW_MS <= end; from += WINDOW_MS) {
    const within = commits.filter(({ at }) => at >= from && at < from + WINDOW_MS);
    windows.push(within.reduce((sum, { rows }) => sum + rows, 0) / (WINDOW_MS / 1000));
  }
  return windows;
}

/** CPU time so far, by part; all zero where the system is not Linux. */
function cpuOf({ postgresPid, hostPid, ownThreads }: Pipeline): readonly { part: string; ms: number }[] {
  const sum = (threads: readonly { cpuMs: number }[]) =>
    threads.reduce((total, { cpuMs }) => total + cpuMs, 0);
  const servers = childrenOf(postgresPid);
  const isSender = ({ name }: { name: string }) => name.includes('walsender');
  const isWriter = ({ name }: { name: string }) =>
    / 127\.0\.0\.1\(/.test(name) && !name.includes('walsender');
  const threads = threadsOf(hostPid);
  const isMain = ({ id }: { id: number }) => id === hostPid;
  const isOther = ({ id }: { id: number }) => id !== hostPid && ownThreads.has(id);
  return [
    { part: 'Postgres, statements', ms: sum(servers.filter(isWriter)) },
    { part: 'walsender', ms: sum(servers.filter(isSender)) },
    {
      part: 'its writers',
      ms: sum(servers.filter((server) => !isSender(server) && !isWriter(server))),
    },
    { part: "platform's main thread", ms: sum(threads.filter(isMain)) },
    { part: 'its garbage collectors and pool', ms: sum(threads.filter(isOther)) },
    { part: 'functions', ms: sum(threads.filter((thread) => !isMain(thread) && !isOther(thread))) },
  ];
}

/** Looks every second. */
function watchMemory(pid: number): { stop(): string } {
  const seen: ResidentMemory[] = [];
  const look = () => {
    const memory = residentMemoryOf(pid);
    if (memory !== null) seen.push(memory);
  };
  look();
  const timer = setInterval(look, 1000).unref();
  return {
    stop: () => {
      clearInterval(timer);
      look();
      if (seen.length === 0) return 'known on Linux only';
      const quarters = Array.from({ length: 4 }, (_, i) =>
        seen.slice(Math.floor((i * seen.length) / 4), Math.ceil(((i + 1) * seen.length) / 4)),
      );
      const means = (name: keyof ResidentMemory) =>
        quarters
          .map((of) => of.reduce((sum, memory) => sum + memory[name], 0) / of.length)
          .map((bytes) => Math.round(bytes / 2 ** 20))
          .join(' · ');
      return `by quarter ${means('anonymousBytes')} MiB; of mapped files ${means('mappedBytes')} MiB`;
    },
  };
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en');
}
