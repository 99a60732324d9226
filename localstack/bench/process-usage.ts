// What processes use, as Linux tells it: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html, .../proc_pid_status.5.html
import { readdirSync, readFileSync } from 'node:fs';

export interface ThreadCpu {
  readonly id: number;
  readonly name: string;
  /** User and system time since the thread's start. */
  readonly cpuMs: number;
}

export interface ResidentMemory {
  /** Heaps, stacks and buffers. */
  readonly anonymousBytes: number;
  /** Pages of mapped files, which the kernel drops when somebody needs the memory. */
  readonly mappedBytes: number;
}

/** Linux gives times in ticks of a hundredth of a second, whatever its own clock. */
const MS_PER_TICK = 10;

/** Of every thread; an empty list where the process has ended, or the system is not Linux. */
export function threadsOf(pid: number): readonly ThreadCpu[] {
  return entriesOf(`/proc/${pid}/task`).flatMap((id) => {
    const stat = readStat(`/proc/${pid}/task/${id}/stat`);
    return stat === null ? [] : [{ id: Number(id), name: stat.name, cpuMs: stat.cpuMs }];
  });
}

/** CPU of a process' children by the title that each gives itself; of those that have ended meanwhile, nothing. */
export function childrenOf(pid: number): readonly ThreadCpu[] {
  return entriesOf('/proc').flatMap((id) => {
    if (!/^\d+$/.test(id)) return [];
    const stat = readStat(`/proc/${id}/stat`);
    if (stat?.parent !== pid) return [];
    const title = readText(`/proc/${id}/cmdline`)?.replaceAll('\0', ' ').trim();
    return [{ id: Number(id), name: title || stat.name, cpuMs: stat.cpuMs }];
  });
}

/** null where the process has ended, or the system is not Linux. */
export function residentMemoryOf(pid: number): ResidentMemory | null {
  const status = readText(`/proc/${pid}/status`);
  if (status === null) return null;
  const bytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024;
  return { anonymousBytes: bytes('RssAnon'), mappedBytes: bytes('RssFile') };
}

/** The name stands in parentheses and may hold spaces and parentheses itself; fields are counted from behind it. */
function readStat(path: string): { name: string; parent: number; cpuMs: number } | null {
  const text = readText(path);
  if (text === null) return null;
  const end = text.lastIndexOf(')');
  const fields = text.slice(end + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return {
    name: text.slice(text.indexOf('(') + 1, end),
    parent: Number(fields[1]),
    cpuMs: ticks * MS_PER_TICK,
  };
}

function entriesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
