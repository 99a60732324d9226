import { PlatformError } from '../../shared/errors.ts';
import { CATALOGUE_TABLE } from './catalogue-table.ts';

export interface CatalogueProduct {
  readonly name: string;
  readonly category: string;
  /** The reason to buy that products of one basket share; crosses categories. */
  readonly theme: string;
  /** Variants of one kind replace each other. */
  readonly kind: string;
  readonly priceCents: number;
  /** Days until it is used up and bought again; null for what lasts. */
  readonly repeatDays: number | null;
}

export interface CatalogueChoice {
  readonly products: number;
  /** All categories where left out. */
  readonly categories?: readonly string[];
}

/**
 * Takes `products` products, round-robin over categories and kinds, so that a small shop has a bit of everything.
 * @throws PlatformError `catalogue_too_small`
 */
export function chooseProducts({ products, categories }: CatalogueChoice): CatalogueProduct[] {
  const kindsByCategory = new Map<string, CatalogueProduct[][]>();
  for (const { category, variants } of parseCatalogue(CATALOGUE_TABLE)) {
    if (categories !== undefined && !categories.includes(category)) continue;
    kindsByCategory.set(category, [...(kindsByCategory.get(category) ?? []), variants]);
  }
  const shelves = [...kindsByCategory.values()].map(roundRobin);
  const chosen = roundRobin(shelves).slice(0, products);
  if (chosen.length < products) {
    throw new PlatformError(
      'catalogue_too_small',
      `the catalogue has ${chosen.length} products where ${products} are wanted`,
    );
  }
  return chosen;
}

/** The first of each list, then the second of each, and so on. */
function roundRobin<T>(lists: readonly (readonly T[])[]): T[] {
  const longest = Math.max(0, ...lists.map((list) => list.length));
  const taken: T[] = [];
  for (let index = 0; index < longest; index++) {
    for (const list of lists) {
      if (index < list.length) taken.push(list[index] as T);
    }
  }
  return taken;
}

interface ProductKind {
  readonly category: string;
  readonly variants: CatalogueProduct[];
}

function parseCatalogue(table: string): ProductKind[] {
  return table.trim().split('\n').map(parseKind);
}

function parseKind(line: string): ProductKind {
  const [category, theme, kind, prices, repeat, variants] = line.split(' | ');
  if (!category || !theme || !kind?.includes('*') || !prices || !repeat || !variants) {
    throw new PlatformError('catalogue_line', `not a line of the catalogue: ${line}`);
  }
  const [from = Number.NaN, to = Number.NaN] = prices.split('-').map(Number);
  const names = variants.split('; ');
  const products = names.map((variant, index) => ({
    name: kind.replace('*', () => variant),
    category,
    theme,
    kind: `${category}/${kind}`,
    priceCents: shopPrice(from * (to / from) ** (index / Math.max(1, names.length - 1))),
    repeatDays: repeat === '-' ? null : Number(repeat),
  }));
  return { category, variants: products };
}

/** A price as shops write it: just below a whole amount, e.g. 14.00 -> 13.99; cheap things end in .49 or .99. */
function shopPrice(amount: number): number {
  const halves = amount < 12 ? Math.round(amount * 2) : Math.round(amount) * 2;
  return Math.max(1, halves) * 50 - 1;
}
