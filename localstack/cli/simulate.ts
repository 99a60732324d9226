import pg from 'pg';
import { PlatformError } from '../../shared/errors.ts';
import { DEFAULT_ORDERS_PER_SECOND, describeEvent, seededRandom, simulate } from '../shop/index.ts';
import { parseCommand, runCommand } from './arguments.ts';
import { readRuntime } from './runtime-file.ts';

await runCommand(async () => {
  const { values } = parseCommand({
    usage: 'npm run simulate -- [--rate ORDERS_PER_SECOND] [--orders N] [--seed TEXT]',
    options: {
      rate: {
        type: 'number',
        description: 'orders per second (0.333: one every 3 s)',
        min: 0.001,
        max: 1000,
      },
      orders: { type: 'integer', description: 'stop after so many orders (never)', min: 1 },
      seed: { type: 'string', description: 'repeats the same choices on the same shop (the time)' },
    },
  });
  const client = new pg.Client({ connectionString: readRuntime().urls.postgres });
  await client.connect();
  const stop = new AbortController();
  let lost: Error | null = null;
  client.on('error', (error) => {
    lost = error;
    stop.abort();
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  try {
    const placed = await simulate(client, {
      random: seededRandom(values.seed ?? Date.now()),
      ordersPerSecond: values.rate ?? DEFAULT_ORDERS_PER_SECOND,
      ...(values.orders === undefined ? {} : { orders: values.orders }),
      signal: stop.signal,
      onEvent: (event) => process.stdout.write(`${describeEvent(event)}\n`),
    });
    process.stdout.write(`${placed} orders placed\n`);
    if (lost !== null)
      throw new PlatformError('shop_unreachable', 'the shop database closed the connection', { cause: lost });
  } finally {
    await client.end();
  }
});
