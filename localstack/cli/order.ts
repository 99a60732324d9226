import pg from 'pg';
import { productId, userId } from '../../shared/domain/index.ts';
import { PlatformError } from '../../shared/errors.ts';
import { describeRefusal, nearestCustomer, type OrderOutcome, placeOrder } from '../shop/index.ts';
import { parseCommand, runCommand } from './arguments.ts';
import { readRuntime } from './runtime-file.ts';

/** Ids are int32. */
const MAX_ID = 2_147_483_647;

await runCommand(async () => {
  const { values } = parseCommand({
    usage: 'npm run order -- --user ID --product ID [--quantity N] [--at TIME]',
    options: {
      user: { type: 'integer', description: 'the customer who buys', required: true, min: 1, max: MAX_ID },
      product: { type: 'integer', description: 'what is bought', required: true, min: 1, max: MAX_ID },
      quantity: { type: 'integer', description: 'pieces (1)', min: 1, max: 1_000_000 },
      at: { type: 'time', description: 'when it was ordered (now)' },
    },
  });
  const customer = userId(values.user);
  const { urls } = readRuntime();
  const client = new pg.Client({ connectionString: urls.postgres });
  await client.connect();
  try {
    const result = await placeOrder(client, {
      userId: customer,
      items: [{ productId: productId(values.product), quantity: values.quantity ?? 1 }],
      ...(values.at === undefined ? {} : { at: values.at }),
    });
    if (result.outcome !== 'placed') {
      throw new PlatformError('order_refused', describeRefusal(result) + (await suggestion(client, result)));
    }
    const lines = result.items.map((item) => `${item.quantity} x ${item.name} at ${item.pricePerUnit}`);
    process.stdout.write(
      `order ${result.orderId} of customer ${customer}: ${lines.join(', ')}; total ${result.total}\n` +
        `see the answer change: curl "${urls.api}/v1/recommendations/${customer}?n=5"\n`,
    );
  } finally {
    await client.end();
  }
});

/** A shop that was imported numbers its customers as its file does, so the id of an example may be nobody's. */
async function suggestion(client: pg.Client, refusal: OrderOutcome): Promise<string> {
  if (refusal.outcome !== 'unknown_user') return '';
  const nearest = await nearestCustomer(client, refusal.userId);
  return nearest === null ? '; it has none at all' : `; the nearest is --user ${nearest}`;
}
