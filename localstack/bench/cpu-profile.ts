import { mkdir, writeFile } from 'node:fs/promises';
import { type Profiler, Session } from 'node:inspector/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** CPU profiles of this process's main thread, gathered over the runs of one piece of work. */
export interface CpuProfiles {
  /** Profiles what it is given. */
  run<T>(work: () => Promise<T>): Promise<T>;
  /**
   * Writes the longest run as `<name>.cpuprofile`, which Chrome's developer tools open, and starts over.
   * @returns the functions in which most time went, as a share of all runs
   */
  finish(name: string): Promise<readonly HotFunction[]>;
  close(): void;
}

export interface HotFunction {
  readonly name: string;
  /** Path in this project, or what V8 calls it, such as `(garbage collector)`. */
  readonly place: string;
  /** Of the time without `(idle)`, from 0 to 1. */
  readonly share: number;
}

/** Microseconds between two samples. */
const INTERVAL = 250;
const FUNCTIONS = 4;

export async function openCpuProfiles(folder: string): Promise<CpuProfiles> {
  await mkdir(folder, { recursive: true });
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: INTERVAL });
  let times = new Map<string, number>();
  let longest: Profiler.Profile | null = null;
  return {
    run: async (work) => {
      await session.post('Profiler.start');
      try {
        return await work();
      } finally {
        const { profile } = await session.post('Profiler.stop');
        addSelfTimes(profile, times);
        if (longest === null || durationOf(profile) > durationOf(longest)) longest = profile;
      }
    },
    finish: async (name) => {
      const file = join(folder, `${name.replaceAll(/[^\w]+/g, '-')}.cpuprofile`);
      if (longest !== null) await writeFile(file, JSON.stringify(longest));
      const hottest = hottestOf(times);
      times = new Map();
      longest = null;
      return hottest;
    },
    close: () => session.disconnect(),
  };
}

/** Adds the microseconds that each function itself took, by name and place. */
export function addSelfTimes(profile: Profiler.Profile, times: Map<string, number>): void {
  const keys = new Map(profile.nodes.map(({ id, callFrame }) => [id, keyOf(callFrame)]));
  for (const [sample, node] of (profile.samples ?? []).entries()) {
    const key = keys.get(node) ?? '';
    times.set(key, (times.get(key) ?? 0) + (profile.timeDeltas?.[sample] ?? 0));
  }
}

export function hottestOf(times: ReadonlyMap<string, number>): readonly HotFunction[] {
  const busy = [...times].filter(([key]) => !key.startsWith('(idle)'));
  const total = busy.reduce((sum, [, time]) => sum + time, 0);
  return busy
    .sort(([, a], [, b]) => b - a)
    .slice(0, FUNCTIONS)
    .map(([key, time]) => {
      const [name = '', place = ''] = key.split('\n');
      return { name, place, share: time / total };
    });
}

function keyOf({ functionName, url, lineNumber }: Profiler.ProfileNode['callFrame']): string {
  if (url === '') return `${functionName || '(anonymous)'}\n`;
  const path = url.startsWith('file:') ? relative(process.cwd(), fileURLToPath(url)) : url;
  return `${functionName || '(anonymous)'}\n${path}:${lineNumber + 1}`;
}

function durationOf({ startTime, endTime }: Profiler.Profile): number {
  return endTime - startTime;
}
