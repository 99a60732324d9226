import { createServer, type Server } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { freePort } from '../free-port.ts';
import { choosePorts } from './choose-ports.ts';

const servers: Server[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

function occupy(port: number): Promise<void> {
  const server = createServer();
  servers.push(server);
  return new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
}

it('takes the usual ports, and the next free ones where somebody else has them', async () => {
  const first = await freePort(20_000);
  await occupy(first);
  const { main, controller = 0 } = await choosePorts({ main: first, controller: first }, null, 'usual');
  expect(main).toBeGreaterThan(first);
  expect(controller).toBeGreaterThan(main);
});

it('keeps the ports of the last start, unless one of them is taken', async () => {
  const last = { main: await freePort(21_000), controller: await freePort(22_000) };
  const wanted = { main: 23_000, controller: 23_000 };
  expect(await choosePorts(wanted, last, 'usual')).toEqual(last);
  await occupy(last.controller);
  const chosen = await choosePorts(wanted, last, 'usual');
  expect(chosen.main).toBeGreaterThanOrEqual(23_000);
});

it('goes anywhere below the ports of outgoing connections for servers of a test', async () => {
  const { main } = await choosePorts({ main: 19_092 }, null, 'apart', () => 0.999);
  expect(main).toBeGreaterThan(30_000);
  expect(main).toBeLessThan(32_768);
});
