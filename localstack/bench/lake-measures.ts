import { open, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PlatformError } from '../../shared/errors.ts';
import { type Batch, loadSnapshot, readSnapshot } from '../../shared/lake/index.ts';
import { BENCH_ORDERS, idsFrom, ordersBatch } from './lake-orders.ts';
import { alternate, CONFIGURATION, type LakeSides, median, type Rounds, sum } from './lake-sides.ts';

export interface AppendShape {
  readonly name: string;
  readonly commits: number;
  readonly rowsPerCommit: number;
}

/** One commit for each batch, through a handle that is kept. */
export async function measureAppends(sides: LakeSides, shape: AppendShape): Promise<Rounds> {
  const table = sides.table(shape.name);
  const theirs = sides.peerTable(shape.name);
  let batch: Batch = { rowCount: 0, columns: {} };
  const rounds = await alternate(sides, shape.commits, {
    prepare: async (round) => {
      batch = ordersBatch(idsFrom(round * shape.rowsPerCommit, shape.rowsPerCommit));
      await sides.handOver(batch);
    },
    ours: () => table.append({ schema: BENCH_ORDERS, batches: [batch], configuration: CONFIGURATION }),
    theirs: () => sides.peer.ask({ do: 'append', table: theirs, configuration: CONFIGURATION }),
  });
  await requireRows(sides, shape.name, shape.commits * shape.rowsPerCommit);
  return rounds;
}

/** Half of the keys update rows of all over the table, half are inserted. */
export async function measureMerges(
  sides: LakeSides,
  { name, rows, keys, rounds }: { name: string; rows: number; keys: number; rounds: number },
): Promise<Rounds> {
  await measureAppends(sides, { name, commits: 10, rowsPerCommit: rows / 10 });
  const table = sides.table(name);
  const updates = keys / 2;
  const step = rows / updates;
  let batch: Batch = { rowCount: 0, columns: {} };
  const measured = await alternate(sides, rounds, {
    prepare: async (round) => {
      const updated = Array.from({ length: updates }, (_, i) => i * step + round);
      const inserted = idsFrom(rows + round * updates, updates);
      batch = ordersBatch([...updated, ...inserted], round + 1);
      await sides.handOver(batch);
    },
    ours: () => table.merge({ schema: BENCH_ORDERS, key: ['order_id'], upserts: [batch] }),
    theirs: () => sides.peer.ask({ do: 'merge', table: sides.peerTable(name) }),
  });
  await requireRows(sides, name, rows + rounds * updates);
  return measured;
}

/** Every column of every row in memory: typed arrays and JavaScript strings here, Arrow there. */
export async function measureScans(
  sides: LakeSides,
  { name, rounds, columns }: { name: string; rounds: number; columns?: readonly string[] },
): Promise<Rounds> {
  const snapshot = await loadSnapshot(sides.store, name);
  const { dataFiles } = sides;
  const found = { ours: 0, theirs: 0 };
  const measured = await alternate(sides, rounds, {
    ours: async () => {
      const batches: Batch[] = [];
      for await (const batch of readSnapshot(sides.store, snapshot, {
        dataFiles,
        ...(columns === undefined ? {} : { columns }),
      })) {
        batches.push(batch);
      }
      found.ours = sum(batches.map(({ rowCount }) => rowCount));
    },
    theirs: async () => {
      const request = { do: 'scan', table: sides.peerTable(name), columns: columns ?? null };
      const answer = await sides.peer.ask<{ seconds: number; rows: number }>(request);
      found.theirs = answer.rows;
      return answer;
    },
  });
  requireEqual(`rows of ${name}`, found.ours, found.theirs);
  return measured;
}

/** The version's files, as a reader needs them who has nothing of the table in memory. */
export async function measureSnapshots(
  sides: LakeSides,
  { name, rounds }: { name: string; rounds: number },
): Promise<Rounds> {
  const found = { ours: 0, theirs: 0 };
  const measured = await alternate(sides, rounds, {
    ours: async () => {
      found.ours = (await loadSnapshot(sides.store, name)).files.size;
    },
    theirs: async () => {
      const request = { do: 'snapshot', table: sides.store.uri(name) };
      const answer = await sides.peer.ask<{ seconds: number; files: number }>(request);
      found.theirs = answer.files;
      return answer;
    },
  });
  requireEqual(`files of ${name}`, found.ours, found.theirs);
  return measured;
}

/** Seconds that a commit of one file waits for the disk: data file, log entry, and the folder of each. */
export async function measureSyncs(root: string): Promise<number> {
  const bytes = new Uint8Array(40_000);
  const seconds: number[] = [];
  for (let round = 0; round < 30; round += 1) {
    const paths = [join(root, `sync-${round}-data`), join(root, `sync-${round}-log`)];
    for (const path of paths) await writeFile(path, bytes);
    const begin = performance.now();
    for (const path of paths) {
      await sync(path);
      await sync(dirname(path));
    }
    seconds.push((performance.now() - begin) / 1_000);
  }
  return median(seconds);
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function requireRows(sides: LakeSides, name: string, rows: number): Promise<void> {
  const summary = await sides.requireSameRows(name);
  requireEqual(`rows of ${name}`, summary.rows, rows);
}

function requireEqual(what: string, found: number, expected: number): void {
  if (found === expected) return;
  throw new PlatformError('bench_results_differ', `${what}: ${found} and ${expected}`);
}
