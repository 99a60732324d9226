import { connect } from 'node:net';
import { freePort } from '../free-port.ts';
import type { Ports } from './service.ts';

/**
 * `usual`: those of the definition, for the servers of a developer, else the next free ones.
 * `apart`: anywhere, for servers of a test that must not be taken for those.
 */
export type PortRange = 'usual' | 'apart';

/** Below the ports that systems give to outgoing connections, which could take that of a stopped server. */
const APART = { from: 20_000, to: 31_000 } as const;

/** Ports of the last start while they are free; where somebody else has one, all are chosen again. */
export async function choosePorts(
  wanted: Ports,
  last: Ports | null,
  range: PortRange,
  random: () => number = Math.random,
): Promise<Ports> {
  if (last !== null && (await allFree(last))) return last;
  const taken = new Set<number>();
  const chosen: Record<string, number> = {};
  for (const [purpose, usual] of Object.entries(wanted)) {
    const from = range === 'usual' ? usual : APART.from + Math.floor(random() * (APART.to - APART.from));
    const port = await freePort(from, taken);
    taken.add(port);
    chosen[purpose] = port;
  }
  return { ...chosen, main: chosen.main ?? 0 };
}

/**
 * Asked by connecting: for a minute after a kill the system may refuse the port of a server to others because of its old
 * connections (MinIO's do that), but not to the server itself.
 */
async function allFree(ports: Ports): Promise<boolean> {
  for (const port of Object.values(ports)) {
    if (await isServed(port)) return false;
  }
  return true;
}

function isServed(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
