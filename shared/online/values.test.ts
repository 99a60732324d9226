import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { epochMillis, moneyOfCents, orderId, orderItemId, productId, userId } from '../domain/index.ts';
import { keys, minuteText, recentField } from './keys.ts';
import {
  createdProductCodec,
  interactionCodec,
  popularityCodec,
  popularityWindowCodec,
  productCodec,
  recentFactCodec,
  type ValueCodec,
} from './values.ts';

const id = fc.integer({ min: 1, max: 2 ** 31 - 1 });
const money = fc.bigInt(-(10n ** 12n), 10n ** 12n).map(moneyOfCents);
const count = fc.nat();

const codecs: readonly {
  name: string;
  codec: ValueCodec<unknown>;
  values: fc.Arbitrary<unknown>;
  refused: readonly string[];
}[] = [
  {
    name: 'recent fact',
    codec: recentFactCodec,
    values: fc.record({
      productId: id.map(productId),
      orderId: id.map(orderId),
      quantity: fc.integer(),
      price: money,
      at: fc.integer({ min: -(10 ** 13), max: 10 ** 13 }).map(epochMillis),
    }),
    refused: [
      '{"v":1,"productId":"1","orderId":1,"quantity":1,"price":"1.00","at":1}',
      '{"v":1,"productId":1,"orderId":1,"quantity":1.5,"price":"1.00","at":1}',
      '{"v":1,"productId":1,"orderId":1,"quantity":1,"price":1,"at":1}',
      '{"v":1,"productId":1,"orderId":1,"quantity":1,"price":"1.00"}',
      '{"v":2,"productId":1,"orderId":1,"quantity":1,"price":"1.00","at":1}',
    ],
  },
  {
    name: 'product',
    codec: productCodec,
    values: fc.record({
      name: fc.string({ unit: 'binary' }),
      category: fc.string(),
      price: money,
      stock: fc.integer(),
      active: fc.boolean(),
    }),
    refused: ['{"v":1,"name":"a","category":"b","price":"1.00","stock":1,"active":"yes"}'],
  },
  {
    name: 'created product',
    codec: createdProductCodec,
    values: fc.record({ createdAt: fc.integer({ min: -(10 ** 13), max: 10 ** 13 }).map(epochMillis) }),
    refused: ['{"v":1,"createdAt":"today"}', '{"v":1}'],
  },
  {
    name: 'interaction',
    codec: interactionCodec,
    values: fc.record({
      productId: id.map(productId),
      score: fc.double({ min: 1e-9, max: 1e9, noNaN: true }),
    }),
    refused: ['{"product_id":0,"score":1}', '{"product_id":1,"score":null}', '{"product_id":1}'],
  },
  {
    name: 'popularity',
    codec: popularityCodec,
    values: fc.record({
      productId: id.map(productId),
      purchases: count,
      purchases7d: count,
      purchases14d: count,
      purchases28d: count,
      decayedOrders: fc.double({ min: 0, max: 1e9, noNaN: true }),
      decayedFirstOrders: fc.double({ min: 0, max: 1e9, noNaN: true }),
    }),
    refused: ['{"v":1,"productId":1,"purchases":-1,"purchases7d":0,"purchases14d":0,"purchases28d":0}'],
  },
  {
    name: 'popularity window',
    codec: popularityWindowCodec,
    values: fc.record({
      asOf: fc.integer({ min: 0, max: 10 ** 13 }).map(epochMillis),
      orders7d: count,
      orders14d: count,
      orders28d: count,
    }),
    refused: ['{"v":1,"asOf":"today","orders7d":0,"orders14d":0,"orders28d":0}'],
  },
];

describe.each(codecs)('value codec: $name', ({ codec, values, refused }) => {
  it('decodes what it encoded', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(codec.decode(codec.encode(value))).toEqual(value);
      }),
    );
  });

  it.each([...refused, '', 'null', '[]', '7', '{'])('refuses %s', (text) => {
    expect(() => codec.decode(text)).toThrow(expect.objectContaining({ code: 'malformed_online_value' }));
  });
});

describe('online keys', () => {
  it('have the names that other programs rely on', () => {
    const at = epochMillis(Date.UTC(2026, 10, 23, 2, 10, 59, 999));
    expect([
      keys.userInteractions(userId(42)),
      keys.userRecent(userId(42)),
      keys.product(productId(17)),
      keys.order(orderId(9)),
      keys.revenue(at, 3),
      keys.recentPopularity,
      keys.popularityWindow,
    ]).toEqual([
      'user:42:interactions',
      'user:42:recent',
      'product:17',
      'order:9',
      'revenue:2026-11-23T02:10Z:3',
      'popularity:recent',
      'popularity:window',
    ]);
    expect(recentField(orderId(9), orderItemId(30))).toBe('9:30');
  });

  it('write interactions as product_id and score alone', () => {
    expect(interactionCodec.encode({ productId: productId(17), score: 1.5 })).toBe(
      '{"product_id":17,"score":1.5}',
    );
  });

  it('name the minute that holds a time, before 1970 too', () => {
    expect(minuteText(epochMillis(0))).toBe('1970-01-01T00:00Z');
    expect(minuteText(epochMillis(-1))).toBe('1969-12-31T23:59Z');
  });
});
