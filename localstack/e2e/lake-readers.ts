import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { loadSnapshot, type ObjectStore, readSnapshot, rowsOfBatch } from '../../shared/lake/index.ts';

/** Longs, decimals and timestamps (microseconds) may be text or exact numbers; both print alike. */
export type LakeRow = Readonly<Record<string, unknown>>;

/** Every row of the newest version of a table, by its path in the lakehouse. */
export type LakeReader = (table: string) => AsyncIterable<LakeRow>;

export function ownReader(openStore: () => Promise<ObjectStore>): LakeReader {
  return async function* (table) {
    const store = await openStore();
    for await (const batch of readSnapshot(store, await loadSnapshot(store, table)))
      yield* rowsOfBatch(batch);
  };
}

/** delta-rs, through Python: a reader that shares no code with ours. */
export function deltalakeReader(lakehouse: string, python: string): LakeReader {
  const script = join(import.meta.dirname, 'deltalake/read_table.py');
  return async function* (table) {
    const child = spawn(python, [script, 'rows', join(lakehouse, table)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = new Promise<number | null>((done) => child.once('exit', done));
    for await (const line of createInterface({ input: child.stdout })) yield JSON.parse(line) as LakeRow;
    const code = await exited;
    if (code !== 0) throw new Error(`deltalake could not read ${table}: exit code ${code}`);
  };
}
