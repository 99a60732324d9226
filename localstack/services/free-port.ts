import { createServer } from 'node:net';
import { PlatformError } from '../../shared/errors.ts';

const MOST_TRIES = 200;

/** The first free loopback port from `wanted` upwards; 0 asks the system for any. `taken` ports are passed over. */
export async function freePort(wanted: number, taken: ReadonlySet<number> = new Set()): Promise<number> {
  if (wanted === 0) return (await listenable(0)) as number;
  for (let port = wanted; port < Math.min(65_536, wanted + MOST_TRIES); port++) {
    if (!taken.has(port) && (await listenable(port)) !== null) return port;
  }
  throw new PlatformError(
    'no_free_port',
    `no free port from ${wanted} to ${wanted + MOST_TRIES - 1} · stop what listens there, or set another port`,
  );
}

function listenable(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : null));
    });
  });
}
