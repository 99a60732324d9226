import { uniform } from '../../shared/als/index.ts';
import { DAY_MS } from '../../shared/domain/index.ts';
import type { CustomerPurchase } from '../../shared/evaluation/index.ts';
import { cumulative, drawnFrom } from './zipf.ts';

export interface ShopShape {
  readonly products: number;
  readonly customers: number;
}

/** The year of history ends here, in milliseconds since 1970 UTC. */
export const END = Date.UTC(2026, 0, 1);

const YEAR = 365;
/** Products that go together. */
const THEME_SIZE = 40;
const FAVOURITE_THEMES = 10;
const THEMES_PER_BASKET = 3;
/** Share of a basket's themes that are the customer's favourites. */
const FAVOURED = 0.8;
/** Zipf exponents of products within their theme, of themes, and of customers by how often they buy. */
const PRODUCT_SKEW = 0.8;
const THEME_SKEW = 0.4;
const ACTIVITY_SKEW = 0.6;
const MEAN_BASKETS = 4.3;
const MOST_BASKETS = 200;
const MEDIAN_LINES = 16;
const LINES_SPREAD = 0.9;
const MOST_LINES = 300;
/** Share of what is due that a basket takes along. */
const REFILLED = 0.35;

/**
 * A year of purchases with the proportions of a real shop of giftware: a mean of 4.3 baskets a customer and of 20 lines a basket,
 * both long-tailed, as popularity is; half of what is bought is bought again, each product at the customer's own rhythm. The same
 * for the same shape.
 */
export function generatedPurchases({ products, customers }: ShopShape): CustomerPurchase[] {
  const next = uniform(products, 'purchases');
  const themes = Math.ceil(products / THEME_SIZE);
  const inTheme = cumulative(THEME_SIZE, PRODUCT_SKEW);
  const amongThemes = cumulative(themes, THEME_SKEW);
  const oneOf = (values: readonly number[]): number => values[Math.floor(next() * values.length)]!;
  const basketsOf = activityOf(customers);
  const purchases: CustomerPurchase[] = [];
  let basket = 0;
  for (let customer = 1; customer <= customers; customer++) {
    const favourites = Array.from({ length: FAVOURITE_THEMES }, () => drawnFrom(amongThemes, next()));
    const days = Array.from({ length: basketsOf[customer - 1]! }, () => YEAR * next()).sort((a, b) => a - b);
    const own = new Map<number, { due: number; readonly period: number }>();
    for (const day of days) {
      const lines = Math.min(MOST_LINES, Math.ceil(MEDIAN_LINES * Math.exp(LINES_SPREAD * normal(next))));
      const bought = new Set<number>();
      for (const [product, { due }] of own)
        if (due <= day && bought.size < lines && next() < REFILLED) bought.add(product);
      const visited = Array.from({ length: THEMES_PER_BASKET + Math.floor(lines / THEME_SIZE) }, () =>
        next() < FAVOURED ? oneOf(favourites) : drawnFrom(amongThemes, next()),
      );
      // As many draws as lines: what is drawn twice makes a basket shorter.
      for (let line = bought.size; line < lines; line++)
        bought.add(1 + ((oneOf(visited) + themes * drawnFrom(inTheme, next())) % products));
      basket += 1;
      const at = Math.floor(END - (YEAR - day) * DAY_MS);
      for (const product of bought) {
        const period = own.get(product)?.period ?? 10 + 110 * next();
        own.set(product, { period, due: day + period * (0.6 + 0.8 * next()) });
        const quantity = 1 + Math.floor(12 * next() ** 3);
        purchases.push({ customer, product, basket, at, quantity, price: priceOf(product) });
      }
    }
  }
  return purchases;
}

/** The category of every product: what goes together is of one. */
export function generatedCategories({ products }: ShopShape): ReadonlyMap<number, string> {
  const themes = Math.ceil(products / THEME_SIZE);
  return new Map(
    Array.from({ length: products }, (_, index) => [index + 1, `Category ${1 + (index % themes)}`]),
  );
}

/** Of one piece, always the same: 0.50 to 15.00. */
function priceOf(product: number): number {
  return 0.5 + ((product * 2_654_435_761) % 1_451) / 100;
}

/** Baskets of each customer, at least one. */
function activityOf(customers: number): number[] {
  const weights = Array.from({ length: customers }, (_, rank) => (rank + 1) ** -ACTIVITY_SKEW);
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / customers;
  return weights.map((weight) =>
    Math.min(MOST_BASKETS, Math.max(1, Math.round((MEAN_BASKETS * weight) / mean))),
  );
}

function normal(next: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}
