import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { memoryOfTree } from '../process-memory.ts';

const LISTEN = '0A';
/** 127.0.0.1, ::1 and ::ffff:127.0.0.1 as the kernel writes them: hexadecimal words of the machine's byte order. */
const LOOPBACK = new Set([
  '0100007F',
  '00000000000000000000000001000000',
  '0000000000000000FFFF00000100007F',
]);

/**
 * Addresses (as hexadecimal `address:port`) on which the process or a child of it listens, split by whether another
 * machine could reach them. https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html
 */
export function listeningOf(pid: number): { readonly loopback: string[]; readonly reachable: string[] } {
  const inodes = new Set(memoryOfTree(pid).flatMap((process) => socketsOf(process.pid)));
  const addresses = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) =>
    readFileSync(table, 'utf8')
      .split('\n')
      .slice(1)
      .flatMap((line) => {
        const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
        return state === LISTEN && inodes.has(inode) ? [local] : [];
      }),
  );
  const isLoopback = (address: string) => LOOPBACK.has(address.slice(0, address.indexOf(':')));
  return {
    loopback: addresses.filter(isLoopback),
    reachable: addresses.filter((address) => !isLoopback(address)),
  };
}

function socketsOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    const target = readlinkSync(`/proc/${pid}/fd/${fd}`);
    return target.startsWith('socket:[') ? [target.slice('socket:['.length, -1)] : [];
  });
}
