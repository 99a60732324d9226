import { describe, expect, it } from 'vitest';
import { COFFEES, MUG, NOW, ORDERS, TEA_DRINKER, TEAS } from '../testing/tea-and-coffee.ts';
import { basketsOf, type Purchase } from './baskets.ts';
import { momentOf, viewOf } from './learned-scores.ts';
import { popularityOf } from './popularity.ts';
import { prepareRanker, signalsOf } from './ranker.ts';
import { reasonOf, type Source } from './reasons.ts';
import { DEFAULT_SETTINGS } from './settings.ts';
import { shopStateOf } from './shop-state.ts';

const purchases = ORDERS.flatMap(({ customer, order, at, products }) =>
  products.map((product) => ({ customer, product, basket: order, at, quantity: 1, price: 4.5 })),
);
const customers = [...new Set(purchases.map(({ customer }) => customer))];
const historyOf = (customer: number): Purchase[] =>
  purchases.filter((bought) => bought.customer === customer);
const categories = new Map([
  ...TEAS.map((id) => [id, 'Tea'] as const),
  ...COFFEES.map((id) => [id, 'Coffee'] as const),
]);
const popularity = popularityOf(purchases, NOW, 14);
const ranker = prepareRanker({
  settings: DEFAULT_SETTINGS,
  popularity,
  items: null,
  learned: {
    shop: shopStateOf(customers.map(historyOf), NOW, categories),
    trees: { any: null, novel: null },
  },
});

/** Why a product is shown, as if it came from that source. */
function told(
  source: Source,
  product: number,
  history: readonly Purchase[],
  nameOf?: (id: number) => string,
): string {
  const signals = signalsOf(ranker, basketsOf(history), NOW, null);
  return reasonOf(source, {
    signals,
    position: signals.products.indexOf(product),
    weights: DEFAULT_SETTINGS.weights,
    moment: momentOf(viewOf(ranker, basketsOf(history), NOW, signals)!, 'any'),
    customer: null,
    popularity,
    now: NOW,
    nameOf,
  });
}

describe('a reason', () => {
  const name = (id: number): string => `tea ${id}`;
  const oneTea = historyOf(TEA_DRINKER).filter(({ product }) => product === TEAS[0]);

  it('counts the orders that held both products, and the customers who bought both', () => {
    const [first, second] = [TEAS[0]!, TEAS[2]!];
    const holding =
      (...products: number[]) =>
      (order: (typeof ORDERS)[number]) =>
        products.every((product) => order.products.includes(product));
    const orders = ORDERS.filter(holding(first, second)).length;
    const buyers = customers.filter((customer) =>
      [first, second].every((id) => historyOf(customer).some(({ product }) => product === id)),
    ).length;
    expect([orders, buyers]).not.toContain(0);
    expect(orders).not.toBe(buyers);
    for (const source of ['together', 'companions'] as const)
      expect(told(source, second, oneTea, name)).toBe(`bought together with tea 1 in ${orders} orders`);
    expect(told('neighbours', second, oneTea, name)).toBe(
      `bought by ${buyers} customers who also bought tea 1`,
    );
  });

  it('tells how much of what a customer buys is of the category', () => {
    expect(told('category', TEAS[1]!, oneTea)).toBe(
      'popular in a category that makes up 100 % of what you buy',
    );
    expect(told('category', COFFEES[0]!, oneTea)).toBe('popular in a category that you buy');
  });

  it('does without the name of a product that is not known', () => {
    expect(told('together', TEAS[1]!, oneTea)).toBe('goes with what you bought last');
    expect(told('companions', TEAS[1]!, oneTea)).toBe('goes with what you buy');
    expect(told('neighbours', TEAS[1]!, oneTea)).toBe('customers with a history like yours buy it');
  });

  it('tells a rhythm, or what there is of one', () => {
    const history = historyOf(TEA_DRINKER);
    expect(told('personal', TEAS[2]!, history)).toBe('you buy it about every 30 days, last time 60 days ago');
    expect(told('personal', MUG, history)).toBe('you bought it 3 days ago');
    expect(
      told('personal', MUG, [
        ...history,
        ...history.map((line) => ({ ...line, basket: line.basket + 5_000 })),
      ]),
    ).toBe('you bought it 2 times, last time 3 days ago');
  });
});
