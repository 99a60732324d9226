import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/**
 * The process that listens on a port, as far as /proc tells this user (Linux); null where it does not.
 * https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html
 */
export function portOwner(port: number): { pid: number; command: string } | null {
  const sockets = new Set(
    ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => listeningSockets(readOrEmpty(file), port)),
  );
  if (sockets.size === 0) return null;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (openSockets(pid).some((inode) => sockets.has(inode))) {
      const [program = '', script = ''] = readOrEmpty(`/proc/${pid}/cmdline`).split('\0');
      return { pid: Number(pid), command: script.startsWith('-') ? program : `${program} ${script}`.trim() };
    }
  }
  return null;
}

const LISTEN = '0A';

/** Inodes of the sockets that listen on a port, by the text of /proc/net/tcp. */
export function listeningSockets(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return table
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
      return local?.endsWith(suffix) && state === LISTEN && inode !== undefined ? [inode] : [];
    });
}

/** [] for a process of someone else, or one that ended meanwhile. */
function openSockets(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      const target = readlinkOrEmpty(`/proc/${pid}/fd/${fd}`);
      return target.startsWith('socket:[') ? [target.slice('socket:['.length, -1)] : [];
    });
  } catch {
    return [];
  }
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function readlinkOrEmpty(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
