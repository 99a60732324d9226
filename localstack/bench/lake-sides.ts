import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { bulkDataFiles } from '../../shared/adapters/bulk-data-files.ts';
import { openDuckDbDataFiles } from '../../shared/adapters/duckdb-data-files.ts';
import { openFolderStore } from '../../shared/adapters/fs-object-store.ts';
import { filesOfFolder } from '../../shared/adapters/store-files.ts';
import { PlatformError } from '../../shared/errors.ts';
import {
  type Batch,
  type DataFiles,
  loadSnapshot,
  type ObjectStore,
  openTable,
  parquetDataFiles,
  readSnapshot,
  type Table,
} from '../../shared/lake/index.ts';
import { type CpuProfiles, openCpuProfiles } from './cpu-profile.ts';
import { BENCH_ORDERS, type OrdersSummary, summarize } from './lake-orders.ts';
import { startLakePeer } from './lake-peer.ts';
import { peakMemoryOf, resetPeakMemory } from './peak-memory.ts';
import { percentile } from './percentiles.ts';
import type { PythonPeer } from './python-peer.ts';

/** The lake and delta-rs side by side, each with tables of its own in one folder. */
export interface LakeSides {
  readonly root: string;
  readonly store: ObjectStore;
  readonly dataFiles: DataFiles;
  readonly peer: PythonPeer;
  /** Of the lake's side; null: not asked for. */
  readonly profiles: CpuProfiles | null;
  table(name: string): Table;
  /** The path that delta-rs knows its table of that name by. */
  peerTable(name: string): string;
  /** Gives delta-rs the rows of a batch, in memory: its next append or merge writes them. */
  handOver(batch: Batch): Promise<void>;
  /** Throws unless both tables hold the same rows, by exact sums over every column. */
  requireSameRows(name: string): Promise<OrdersSummary>;
  close(): Promise<void>;
}

/** Both write a checkpoint each so many commits; their own defaults are 10 and 100. */
export const CONFIGURATION = { 'delta.checkpointInterval': '10' };

/** @param profileFolder where the lake's side leaves CPU profiles; they cost it some time */
export async function openLakeSides(
  root: string,
  python: string | undefined,
  profileFolder: string | undefined,
): Promise<LakeSides> {
  const profiles = profileFolder === undefined ? null : await openCpuProfiles(profileFolder);
  const peer = await startLakePeer(python);
  const store = await openFolderStore(join(root, 'lake'));
  const duckDb = await openDuckDbDataFiles({ files: filesOfFolder(store), tempDir: join(root, 'spill') });
  const dataFiles = bulkDataFiles(duckDb, parquetDataFiles(store));
  const environment = {
    now: Date.now,
    newId: randomUUID,
    random: Math.random,
    sleep: async (ms: number) => {
      await sleep(ms);
    },
    dataFiles,
  };
  const peerTable = (name: string): string => join(root, 'delta-rs', name);
  return {
    root,
    store,
    dataFiles,
    peer,
    profiles,
    table: (name) => openTable(store, name, environment),
    peerTable,
    handOver: async (batch) => {
      const { now, newId } = environment;
      const target = { table: 'handed-over', schema: BENCH_ORDERS, partitionValues: {}, now, newId };
      const [add] = (await dataFiles.write(target, [batch])).adds;
      const file = store.uri(`handed-over/${add?.path}`);
      await peer.ask({ do: 'load_rows', file });
      await rm(file);
    },
    requireSameRows: async (name) => {
      const snapshot = await loadSnapshot(store, name);
      const ours = await summarize(readSnapshot(store, snapshot, { dataFiles }));
      const theirs = await peer.ask<OrdersSummary>({ do: 'summary', table: peerTable(name) });
      if (isDeepStrictEqual(ours, theirs)) return ours;
      throw new PlatformError(
        'bench_results_differ',
        `table ${name}: the lake has ${JSON.stringify(ours)}, delta-rs ${JSON.stringify(theirs)}`,
      );
    },
    close: async () => {
      profiles?.close();
      await dataFiles.close();
      await peer.close();
    },
  };
}

/** Seconds of each round on either side, and the highest resident memory of both processes meanwhile. */
export interface Rounds {
  readonly ours: readonly number[];
  readonly theirs: readonly number[];
  /** Bytes; null where the system does not tell. */
  readonly ourPeak: number | null;
  readonly theirPeak: number | null;
}

export interface Round {
  /** Makes what both work on, before the clock starts. */
  prepare?(round: number): Promise<void>;
  ours(round: number): Promise<unknown>;
  /** Answers with what delta-rs has measured itself. */
  theirs(round: number): Promise<{ readonly seconds: number }>;
}

/** The rounds of the two alternate, since a machine's pace changes, and take turns at being first. */
export async function alternate({ peer, profiles }: LakeSides, rounds: number, work: Round): Promise<Rounds> {
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (const pid of [process.pid, peer.pid]) resetPeakMemory(pid);
  const runOurs = async (round: number): Promise<void> => {
    const begin = performance.now();
    await (profiles === null ? work.ours(round) : profiles.run(() => work.ours(round)));
    ours.push((performance.now() - begin) / 1_000);
  };
  const runTheirs = async (round: number): Promise<void> => {
    theirs.push((await work.theirs(round)).seconds);
  };
  for (let round = 0; round < rounds; round += 1) {
    await work.prepare?.(round);
    const turns = round % 2 === 0 ? [runOurs, runTheirs] : [runTheirs, runOurs];
    for (const turn of turns) await turn(round);
  }
  return { ours, theirs, ourPeak: peakMemoryOf(process.pid), theirPeak: peakMemoryOf(peer.pid) };
}

export function median(values: readonly number[]): number {
  return percentile(
    [...values].sort((a, b) => a - b),
    0.5,
  );
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
