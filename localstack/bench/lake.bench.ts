import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSnapshot } from '../../shared/lake/index.ts';
import { writeCheckpoint } from '../../shared/lake/log/checkpoint.ts';
import type { HotFunction } from './cpu-profile.ts';
import { type LogShape, writeLog } from './lake-logs.ts';
import {
  measureAppends,
  measureMerges,
  measureScans,
  measureSnapshots,
  measureSyncs,
} from './lake-measures.ts';
import { type LakeSides, median, openLakeSides, type Rounds, sum } from './lake-sides.ts';

/** The columns of `BENCH_ORDERS` that JavaScript has typed arrays for. */
const TYPED_COLUMNS = ['order_id', 'user_id', 'placed_at'];

interface Line {
  readonly what: string;
  readonly measure: (sides: LakeSides) => Promise<Rounds>;
  /** Of a round's median, or of all rounds together. */
  readonly result: (seconds: readonly number[]) => { readonly value: string; readonly seconds: number };
  /** Told where this side takes longer. */
  readonly whenSlower: string;
}

/**
 * The lake beside delta-rs in Python on the same rows and machine: rounds alternate, rows are made before the clock starts, and
 * both sides must hold the same rows afterwards, by exact sums over every column.
 */
export async function benchLake(
  print: (line: string) => void,
  { profileFolder }: { readonly profileFolder?: string } = {},
): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'lake-bench-'));
  try {
    const sides = await openLakeSides(root, process.env.DELTALAKE_PYTHON, profileFolder);
    try {
      await run(sides, print);
    } finally {
      await sides.close();
    }
  } finally {
    await rm(root, { recursive: true });
  }
}

async function run(sides: LakeSides, print: (line: string) => void): Promise<void> {
  const { deltalake, pyarrow } = await sides.peer.ask<Record<string, string>>({ do: 'version' });
  print(`beside delta-rs: deltalake ${deltalake} with pyarrow ${pyarrow}, in a Python process of its own`);
  const syncs = await measureSyncs(sides.root);
  print(
    `durability: the lake syncs a commit's files and folders before it is told, ${(syncs * 1_000).toFixed(1)} ms here; delta-rs syncs nothing`,
  );
  const slower: string[] = [];
  const profiles: string[] = [];
  print(row('', 'lake', 'delta-rs', 'ratio', 'peak memory, MiB'));
  for (const { what, measure, result, whenSlower } of LINES) {
    const rounds = await measure(sides);
    const [ours, theirs] = [result(rounds.ours), result(rounds.theirs)];
    const ratio = theirs.seconds / ours.seconds;
    if (ratio < 1) slower.push(`slower, ${what}: ${whenSlower}`);
    const hottest = await sides.profiles?.finish(what);
    if (hottest !== undefined) profiles.push(`profile, ${what}: ${hottest.map(hotText).join(' · ')}`);
    const peaks = `${mebibytes(rounds.ourPeak)} : ${mebibytes(rounds.theirPeak)}`;
    print(row(what, ours.value, theirs.value, `${ratio.toFixed(2)}x`, peaks));
  }
  print('ratio: times as fast as delta-rs; the rows of all tables were the same on both sides');
  for (const line of [...slower, ...profiles]) print(line);
}

const milliseconds = (seconds: readonly number[]) => ({
  value: `${(median(seconds) * 1_000).toFixed(1)} ms`,
  seconds: median(seconds),
});
const perSecond = (unit: string, each: number) => (seconds: readonly number[]) => ({
  value: `${Math.round((each * seconds.length) / sum(seconds)).toLocaleString('en')} ${unit}/s`,
  seconds: sum(seconds),
});

const LINES: readonly Line[] = [
  {
    what: '200 commits of 1,000 rows',
    measure: (sides) => measureAppends(sides, { name: 'small', commits: 200, rowsPerCommit: 1_000 }),
    result: perSecond('commits', 1),
    whenSlower: 'a commit waits for the disk, which delta-rs does not',
  },
  {
    what: '5,000,000 rows in commits of 100,000',
    measure: (sides) => measureAppends(sides, { name: 'large', commits: 50, rowsPerCommit: 100_000 }),
    result: perSecond('rows', 100_000),
    whenSlower:
      'strings and decimal text are turned to bytes, which Arrow has already, and a commit waits for the disk',
  },
  {
    what: 'merge of 10,000 keys into 1,000,000 rows',
    measure: (sides) => measureMerges(sides, { name: 'merged', rows: 1_000_000, keys: 10_000, rounds: 5 }),
    result: milliseconds,
    whenSlower: 'the keys of all files are read in JavaScript to tell which files have them',
  },
  {
    what: 'snapshot of 10,000 commits, JSON alone',
    measure: async (sides) => {
      await makeLog(sides, 'json-log', { commits: 10_000, filesPerCommit: 1 }, null);
      return measureSnapshots(sides, { name: 'json-log', rounds: 5 });
    },
    result: milliseconds,
    whenSlower: 'JSON is parsed on one thread',
  },
  {
    what: 'snapshot of 10,000 commits, checkpoint at 9,990',
    measure: async (sides) => {
      await makeLog(sides, 'checkpointed-log', { commits: 10_000, filesPerCommit: 1 }, 9_990);
      return measureSnapshots(sides, { name: 'checkpointed-log', rounds: 9 });
    },
    result: milliseconds,
    whenSlower: 'a folder of 10,000 names is listed, and the checkpoint decoded on one thread',
  },
  {
    what: 'snapshot of 100,000 files in a checkpoint',
    measure: async (sides) => {
      await makeLog(sides, 'wide-log', { commits: 100, filesPerCommit: 1_000 }, 99);
      return measureSnapshots(sides, { name: 'wide-log', rounds: 9 });
    },
    result: milliseconds,
    whenSlower: 'an object is made for each file, where Arrow keeps columns',
  },
  {
    what: 'scan of 5,000,000 rows, all columns',
    measure: (sides) => measureScans(sides, { name: 'large', rounds: 5 }),
    result: milliseconds,
    whenSlower:
      'a string is made for each text and decimal, and moved by the garbage collector, where Arrow keeps bytes',
  },
  {
    what: 'scan of 5,000,000 rows, number and time columns',
    measure: (sides) => measureScans(sides, { name: 'large', rounds: 5, columns: TYPED_COLUMNS }),
    result: milliseconds,
    whenSlower: 'files are decoded on one thread, where delta-rs decodes on all',
  },
];

/** @param checkpoint version to write one at; null: JSON alone */
async function makeLog(
  sides: LakeSides,
  name: string,
  shape: LogShape,
  checkpoint: number | null,
): Promise<void> {
  await writeLog(sides.store.uri(''), name, shape);
  if (checkpoint === null) return;
  const snapshot = await loadSnapshot(sides.store, name, { version: checkpoint });
  await writeCheckpoint(sides.store, snapshot, Date.now());
}

function row(what: string, ours: string, theirs: string, ratio: string, peaks: string): string {
  return `${what.padEnd(50)}${ours.padStart(16)}${theirs.padStart(16)}${ratio.padStart(8)}${peaks.padStart(18)}`;
}

function hotText({ name, place, share }: HotFunction): string {
  return `${Math.round(share * 100)} % ${name}${place === '' ? '' : ` ${place}`}`;
}

function mebibytes(bytes: number | null): string {
  return bytes === null ? '?' : `${Math.round(bytes / 2 ** 20)}`;
}
