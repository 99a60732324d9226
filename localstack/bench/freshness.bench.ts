import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type ProductId, productId, type UserId, userId } from '../../shared/domain/index.ts';
import type { Overrides } from '../../shared/runtime/config.ts';
import { startRealServers } from '../e2e/real-servers.ts';
import { type RunningPlatform, startPlatformProcess } from '../e2e/running-platform.ts';
import { placeOrder, seededRandom } from '../shop/index.ts';
import { benchCaptureLatency } from './capture-latency.ts';
import { percentilesText } from './percentiles.ts';

const ORDERS = 200;
const SEED = 7;
const POLL_MS = 5;
/** An answer that has not changed by then counts as never. */
const GIVE_UP_MS = 10_000;

interface DrawnOrder {
  readonly user: UserId;
  readonly product: ProductId;
}

/**
 * How long after the commit of an order in Postgres `/v1/recommendations` answers differently: the product, which the customer
 * had never bought, comes back as one of the customer's own. Orders are placed one after another, with the settings that users
 * get: first on embedded parts, then on real servers, each on a platform of its own. And how much of that is change capture.
 */
export async function benchFreshness(print: (line: string) => void): Promise<void> {
  await benchWorld('embedded parts', {}, print);
  const servers = await startRealServers(REAL_SERVERS);
  try {
    const [kafkaUrl, connectUrl] = [servers.service('kafka').url, servers.service('connect').url];
    await benchCaptureLatency({ kafkaUrl, connectUrl }, print);
    await benchWorld('Kafka, Debezium, MinIO, Redis, DynamoDB Local', servers.settings, print);
  } finally {
    await servers.stop();
  }
}

const REAL_SERVERS = ['postgres', 'kafka', 'connect', 'minio', 'redis', 'dynamodb'] as const;

async function benchWorld(name: string, settings: Overrides, print: (line: string) => void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'freshness-'));
  print(`${name}: starting a platform with the generated shop …`);
  const platform = await startPlatformProcess({ dataDir: join(folder, 'data'), settings });
  const client = new pg.Client({ connectionString: platform.state.urls.postgres });
  try {
    await client.connect();
    const times: number[] = [];
    const orders = await drawOrders(client);
    for (const order of orders) {
      const time = await timeOneOrder(platform, client, order);
      if (time !== null) times.push(time);
    }
    print(
      `${name}: commit in Postgres -> changed answer, ${times.length} orders: ${percentilesText(times, 'ms')}`,
    );
    if (times.length < orders.length) {
      print(`${orders.length - times.length} orders never showed within ${GIVE_UP_MS} ms`);
    }
  } finally {
    await client.end();
    await platform.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Milliseconds; null when it never showed. */
async function timeOneOrder(
  platform: RunningPlatform,
  client: pg.Client,
  { user, product }: DrawnOrder,
): Promise<number | null> {
  const placed = await placeOrder(client, { userId: user, items: [{ productId: product, quantity: 1 }] });
  const committedAt = performance.now();
  if (placed.outcome !== 'placed') throw new Error(`an order was refused: ${JSON.stringify(placed)}`);
  for (;;) {
    const { body } = await platform.get(`/v1/recommendations/${user}?n=100`);
    const waited = performance.now() - committedAt;
    const { items } = body as { items: readonly { readonly productId: number; readonly source: string }[] };
    if (items.some((item) => item.productId === product && item.source === 'personal')) return waited;
    if (waited > GIVE_UP_MS) return null;
    await sleep(POLL_MS);
  }
}

/** Customers, each with a product in stock that this customer never bought. */
async function drawOrders(client: pg.Client): Promise<readonly DrawnOrder[]> {
  const { rows } = await client.query<{ user_id: number; products: number[] }>(
    `select u.user_id, (
       select array_agg(p.product_id order by p.product_id) from products p
       where p.active and p.stock > 1 and not exists (
         select from orders o join order_items i using (order_id)
         where o.user_id = u.user_id and i.product_id = p.product_id)
     ) as products
     from (select user_id from users order by md5(user_id::text) limit $1) u`,
    [ORDERS],
  );
  const random = seededRandom(SEED);
  return rows.map(({ user_id, products }) => ({
    user: userId(user_id),
    product: productId(random.pick(products)),
  }));
}
