// Linux keeps the highest resident memory of a process, and forgets it on demand:
// https://man7.org/linux/man-pages/man5/proc_pid_clear_refs.5.html, https://man7.org/linux/man-pages/man5/proc_pid_status.5.html
import { readFileSync, writeFileSync } from 'node:fs';

/** Where the system is Linux: from here on `peakMemoryOf` counts anew. */
export function resetPeakMemory(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
}

/** Bytes; null where the system is not Linux, or the process has ended. */
export function peakMemoryOf(pid: number): number | null {
  try {
    const kibibytes = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kibibytes === undefined ? null : Number(kibibytes) * 1024;
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

function isAbsent(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | null)?.code === 'ENOENT';
}
