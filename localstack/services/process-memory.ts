import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessMemory {
  readonly pid: number;
  readonly command: string;
  /** Proportional set size: resident bytes with every shared page divided among those that share it. */
  readonly pssBytes: number;
}

/** Memory of `root` and everything that it started. Linux only: an empty list elsewhere. */
export function memoryOfTree(root: number, alsoFrom: readonly number[] = []): readonly ProcessMemory[] {
  const parents = parentsByPid();
  const roots = new Set([root, ...alsoFrom]);
  const belongs = (pid: number): boolean => {
    for (let at: number | undefined = pid; at !== undefined && at > 1; at = parents.get(at)) {
      if (roots.has(at)) return true;
    }
    return false;
  };
  return [...parents.keys()].filter(belongs).flatMap((pid) => {
    const memory = memoryOf(pid);
    return memory === null ? [] : [memory];
  });
}

/** null: the process has ended, or is another user's. */
function memoryOf(pid: number): ProcessMemory | null {
  try {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    const kilobytes = Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0);
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return { pid, command, pssBytes: kilobytes * 1024 };
  } catch {
    return null;
  }
}

function parentsByPid(): Map<number, number> {
  const parents = new Map<number, number>();
  let entries: string[];
  try {
    entries = readdirSync('/proc');
  } catch {
    return parents;
  }
  for (const entry of entries) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
      parents.set(Number(entry), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // The process ended between the listing and the reading.
    }
  }
  return parents;
}
