import { fork } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { everyTurnOnce, openSharedStore, readTurns, type SharedStore } from './lake-writer.ts';

const PROCESSES = 8;
const TURNS = 50;
/** Eight processes share the cores of the machine with whatever else runs there. */
const PATIENCE_MS = 240_000;

/** What the lake makes of a store that keeps the promise of `putIfAbsent` between processes. */
export function lakeWritersContract(name: string, newStore: () => Promise<SharedStore>): void {
  it(`${PROCESSES} processes of ${TURNS} commits each make contiguous versions of one table in ${name} and lose no row`, {
    timeout: PATIENCE_MS,
  }, async () => {
    const shared = await newStore();
    const script = new URL('lake-writer-process.ts', import.meta.url);
    const writers = Array.from({ length: PROCESSES }, (_, writer) =>
      fork(script, [JSON.stringify(shared), `${writer}`, `${TURNS}`], {
        execArgv: ['--import', 'tsx'],
        stdio: 'inherit',
      }),
    );
    const exits = await Promise.all(writers.map((writer) => once(writer, 'exit')));
    expect(exits.map(([code]) => code as number)).toEqual(writers.map(() => 0));
    expect(await readTurns(await openSharedStore(shared), PROCESSES)).toEqual(
      everyTurnOnce(PROCESSES, TURNS),
    );
  });
}
