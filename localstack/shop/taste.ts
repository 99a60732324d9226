import type { CatalogueProduct } from './catalogue.ts';
import type { Random } from './random.ts';

/** The latent kinds of customer: which themes they shop for, and how much. */
const SEGMENTS: readonly { readonly share: number; readonly themes: Readonly<Record<string, number>> }[] = [
  { share: 14, themes: { kids: 4, party: 2, cleaning: 2, breakfast: 2, baking: 1, bath: 1, basics: 1 } },
  { share: 13, themes: { kitchen: 4, baking: 3, coffee: 2, tea: 1, barbecue: 2 } },
  { share: 9, themes: { garden: 5, birds: 2, barbecue: 1, tea: 2, travel: 1 } },
  { share: 10, themes: { running: 5, wellness: 3, breakfast: 2, cycling: 1, skin: 1 } },
  { share: 12, themes: { desk: 4, audio: 3, gaming: 3, 'smart home': 2, coffee: 2, photo: 1 } },
  { share: 9, themes: { crime: 3, science: 3, tea: 3, writing: 2, travel: 1, light: 1 } },
  { share: 8, themes: { dog: 6, cleaning: 1, basics: 1, camping: 1 } },
  { share: 8, themes: { cat: 6, tea: 1, crime: 1, light: 1 } },
  { share: 7, themes: { camping: 4, cycling: 3, travel: 3, photo: 2, winter: 2, coffee: 1 } },
  { share: 6, themes: { art: 5, writing: 3, light: 1, games: 1, audio: 1 } },
  { share: 10, themes: { skin: 4, hair: 3, bath: 3, wellness: 1, winter: 1 } },
  { share: 9, themes: { bedroom: 2, bath: 2, light: 3, storage: 2, basics: 3, winter: 2, cleaning: 2 } },
  { share: 6, themes: { games: 4, gaming: 3, party: 1, crime: 1 } },
];

/** Every theme reaches a customer now and then. */
const BASE_THEME_WEIGHT = 0.08;
const SECOND_SEGMENT_WEIGHT = 0.4;
const THEME_SPREAD = 0.6;
const FAVOURITE_SPREAD = 1.1;
/** Zipf exponent of the popularity of products within their theme. */
const POPULARITY_EXPONENT = 0.9;

export interface Shelf {
  readonly products: readonly CatalogueProduct[];
  /** Chance weight of each product before anyone's taste. */
  readonly popularity: readonly number[];
  /** Product indices of each theme. */
  readonly themes: ReadonlyMap<string, readonly number[]>;
}

export interface Taste {
  /** Weight of each theme of the shelf, in its order. */
  readonly themeWeights: readonly number[];
  /** Weight of each product within its theme: popularity x what this customer favours. */
  readonly productWeights: Float64Array;
}

export function shelfOf(products: readonly CatalogueProduct[], random: Random): Shelf {
  const themes = new Map<string, number[]>();
  products.forEach((product, index) => {
    const members = themes.get(product.theme);
    if (members) members.push(index);
    else themes.set(product.theme, [index]);
  });
  const popularity = new Array<number>(products.length).fill(0);
  for (const members of themes.values()) {
    random.shuffled(members).forEach((product, rank) => {
      popularity[product] = (rank + 1) ** -POPULARITY_EXPONENT;
    });
  }
  return { products, popularity, themes };
}

export function drawTaste(shelf: Shelf, random: Random): Taste {
  const shares = SEGMENTS.map((segment) => segment.share);
  const first = SEGMENTS[random.weighted(shares)]?.themes ?? {};
  const second = SEGMENTS[random.weighted(shares)]?.themes ?? {};
  const themeWeights = [...shelf.themes.keys()].map((theme) => {
    const liking = BASE_THEME_WEIGHT + (first[theme] ?? 0) + SECOND_SEGMENT_WEIGHT * (second[theme] ?? 0);
    return liking * random.logNormal(1, THEME_SPREAD);
  });
  const productWeights = Float64Array.from(
    shelf.popularity,
    (popularity) => popularity * random.logNormal(1, FAVOURITE_SPREAD),
  );
  return { themeWeights, productWeights };
}
