import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLmdbOnlineStore } from '../adapters/lmdb-online-store.ts';
import { DAY_MS, type EpochMillis, epochMillis, userId } from '../domain/index.ts';
import { createdProductCodec, keys, type OnlineStore } from '../online/index.ts';
import { exposureOf, LONGEST_NEW_DAYS, readNewProducts } from './new-products.ts';

const NOW = epochMillis(Date.UTC(2026, 2, 1, 12));

let folder: string;
let online: OnlineStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'new-products-'));
  online = openLmdbOnlineStore({ path: folder });
});
afterEach(async () => {
  await online.close();
  await rm(folder, { recursive: true, force: true });
});

const createdAgo = (days: number): EpochMillis => epochMillis(NOW - days * DAY_MS);

async function create(...products: (readonly [product: number, createdAt: EpochMillis])[]): Promise<void> {
  await online.putFields(
    products.map(([product, createdAt], i) => ({
      key: keys.productsCreated(createdAt),
      field: String(product),
      version: BigInt(i + 1),
      value: createdProductCodec.encode({ createdAt }),
    })),
  );
}

describe('readNewProducts', () => {
  it('finds a product of any of the last days, in whatever month, newest first', async () => {
    const days = Array.from({ length: LONGEST_NEW_DAYS + 1 }, (_, day) => day);
    await create(...days.map((day) => [1 + day, createdAgo(day)] as const));
    expect((await readNewProducts(online, NOW)).map(({ product }) => product)).toEqual(
      days.map((day) => 1 + day),
    );
  });

  it('takes a product for as new as its latest creation, and finds none in a shop without', async () => {
    expect(await readNewProducts(online, NOW)).toEqual([]);
    await create([7, createdAgo(40)], [7, createdAgo(2)]);
    expect(await readNewProducts(online, NOW)).toEqual([{ product: 7, createdAt: createdAgo(2) }]);
  });

  it('knows a thousand of a catalogue that came at once', async () => {
    await create(...Array.from({ length: 1_200 }, (_, i) => [1 + i, createdAgo(1)] as const));
    expect(await readNewProducts(online, NOW)).toHaveLength(1_000);
  });
});

describe('exposureOf', () => {
  const products = [{ product: 7, createdAt: createdAgo(2) }];

  it('is what a customer sees of new products', () => {
    const dial = { share: 0.2, days: 30 };
    expect(exposureOf(products, dial, userId(5), NOW)).toEqual({ ...dial, products, customer: 5, now: NOW });
  });

  it('is none without a share, and without a new product', () => {
    expect(exposureOf(products, { share: 0, days: 30 }, userId(5), NOW)).toBeUndefined();
    expect(exposureOf([], { share: 0.2, days: 30 }, userId(5), NOW)).toBeUndefined();
  });
});
