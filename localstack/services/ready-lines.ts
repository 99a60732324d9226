import pg from 'pg';
import type { RuntimeState } from './runtime-state.ts';

/** A customer and a product to try the commands with. */
export interface Example {
  readonly userId: number;
  readonly productId: number;
}

const WANTED: Example = { userId: 42, productId: 17 };

/** A customer who has bought and a product that can be bought: 42 and 17 where the shop has them. */
export async function exampleOf(databaseUrl: string): Promise<Example> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const user = await client.query<{ id: number }>(
      'select user_id as id from orders where user_id is not null group by 1 order by abs(user_id - $1), 1 limit 1',
      [WANTED.userId],
    );
    const product = await client.query<{ id: number }>(
      'select product_id as id from products where active and stock > 0 order by abs(product_id - $1), 1 limit 1',
      [WANTED.productId],
    );
    return { userId: user.rows[0]?.id ?? WANTED.userId, productId: product.rows[0]?.id ?? WANTED.productId };
  } finally {
    await client.end();
  }
}

export function recommendationsUrl(
  { api }: Pick<RuntimeState['urls'], 'api'>,
  { userId }: Pick<Example, 'userId'>,
): string {
  return `${api}/v1/recommendations/${userId}?n=5`;
}

/** What a newcomer can do now, in lines of at most 80 columns with their indent of two. */
export function readyLines(urls: RuntimeState['urls'], example: Example): readonly string[] {
  const { userId, productId } = example;
  return [
    `Dashboard    ${urls.dashboard}`,
    `Recommend    curl '${recommendationsUrl(urls, example)}'`,
    `See it react npm run order -- --user ${userId} --product ${productId}   then curl again`,
    'Let it live  npm run simulate   one order every 3 s',
    `Database     ${urls.postgres}`,
    `Lambda API   ${urls.lambda}`,
    'Look after   npm run status · npm run doctor · npm run reset · Ctrl-C stops',
  ];
}
