// Run by docker-compose.yml in a container of Node alone, on the host's network: nothing here may come from node_modules.
import { lookup } from 'node:dns/promises';
import { connect, createServer } from 'node:net';
import { parseArgs } from 'node:util';

/**
 * Passes connections from `--listen` HOST on to 127.0.0.1, both at `--port`: the Lambda Invoke API listens on the host's
 * loopback, and on Linux a container reaches the host by the address of Docker's bridge alone. That address is seen from
 * containers and this machine only. Docker Desktop takes containers to the host's loopback by itself; there the address
 * is none of ours and there is nothing to do.
 */
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '3002' },
    listen: { type: 'string', default: 'host.docker.internal' },
    /** Only says, by its exit code, whether the address is served, or none of ours. */
    check: { type: 'boolean', default: false },
  },
});
const port = Number(values.port);
const { address } = await lookup(values.listen, 4);

if (values.check) process.exitCode = (await isServed()) || !(await isOurs()) ? 0 : 1;
else if (await isOurs()) bridge();
else {
  process.stdout.write(
    `${address} is no address of this machine: containers reach the functions without a bridge\n`,
  );
  setInterval(() => {}, 2 ** 30);
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(0));

function bridge(): void {
  const server = createServer((incoming) => {
    const outgoing = connect(port, '127.0.0.1');
    incoming.pipe(outgoing).pipe(incoming);
    // One side's end, however it came about, is the other's: whoever asked sees a closed connection and may try again.
    incoming.on('error', () => outgoing.destroy());
    outgoing.on('error', () => incoming.destroy());
  });
  server.listen(port, address, () => {
    process.stdout.write(`${address}:${port} leads to 127.0.0.1:${port}\n`);
  });
}

function isServed(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, address, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

/** An address can be listened on by the machine that has it, and by no other. */
function isOurs(): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer().on('error', () => resolve(false));
    probe.listen(0, address, () => probe.close(() => resolve(true)));
  });
}
