import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../domain/index.ts';
import { formatLightGbm, RANKER_DEFAULTS, type TreeEnsemble, trainRanker } from '../trees/index.ts';
import { basketsOf, type Purchase } from './baskets.ts';
import { decodeLearned, encodeLearned } from './learned-files.ts';
import { learnedScores, viewOf, withBlendBelow } from './learned-scores.ts';
import { popularityOf } from './popularity.ts';
import { prepareRanker, scoresOf, signalsOf } from './ranker.ts';
import { FEATURE_NAMES } from './ranking-features.ts';
import { type RecommendationRequest, recommend } from './recommend.ts';
import { selectTop } from './select-top.ts';
import { DEFAULT_SETTINGS } from './settings.ts';
import { shopStateOf } from './shop-state.ts';

const NOW = Date.UTC(2026, 0, 31);
let basket = 0;
const bought = (daysAgo: number, ...products: number[]): Purchase[] => {
  basket += 1;
  return products.map((product) => ({
    product,
    basket,
    at: NOW - daysAgo * DAY_MS,
    quantity: 1,
    price: product,
  }));
};

// 1, 2 and 3 go together, 4 to the same customers at another time, 50 to everybody lately, 60 to one long ago.
const histories = Array.from({ length: 12 }, (_, i) => [
  ...bought(80, 1, 2, 3),
  ...bought(60, 4),
  ...bought(40, 1, 2, 3),
  ...(i < 8 ? bought(3, 50) : []),
  ...(i === 0 ? bought(300, 60) : []),
]);
const shop = shopStateOf(histories, NOW);
const popularity = popularityOf(histories.flat(), NOW, 14);

/** Trees that like what costs more. */
async function likingPrice(sign: 1 | -1): Promise<TreeEnsemble> {
  const prices = Array.from({ length: 400 }, (_, row) => row % 10);
  const features = new Float32Array(prices.length * FEATURE_NAMES.length);
  prices.forEach((price, row) => {
    features[row * FEATURE_NAMES.length + FEATURE_NAMES.indexOf('product.logPrice')] = Math.log(price + 0.5);
  });
  const labels = Uint8Array.from(prices, (price) => (sign * (price - 3) > 0 ? 1 : 0));
  const rows = { features, labels, groups: new Int32Array(40).fill(10), featureNames: FEATURE_NAMES };
  const parameters = { ...RANKER_DEFAULTS, maxTrees: 3, leaves: 4, minRowsPerLeaf: 1, featureFraction: 1 };
  return (await trainRanker(rows, parameters)).ensemble;
}
const [dear, cheap] = [await likingPrice(1), await likingPrice(-1)];
const learned = { shop, trees: { any: dear, novel: cheap } };
const ranker = prepareRanker({ settings: DEFAULT_SETTINGS, popularity, items: null, learned });
const blended = prepareRanker({ settings: DEFAULT_SETTINGS, popularity, items: null });

const history = [...bought(30, 1), ...bought(10, 1)];
const ask = (request: Partial<RecommendationRequest>, by = ranker) =>
  recommend(by, { history, now: NOW, shelf: 'for-you', n: 10, ...request });
const productsOf = (...args: Parameters<typeof ask>): number[] =>
  ask(...args).items.map(({ product }) => product);

describe('learnedScores', () => {
  const signals = signalsOf(ranker, basketsOf(history), NOW, null);
  const blend = scoresOf(signals, DEFAULT_SETTINGS.weights);
  const view = viewOf(ranker, basketsOf(history), NOW, signals);
  const byTrees = learnedScores(ranker, view, 'any', signals)!;
  const { moment } = byTrees;
  const scores = withBlendBelow(byTrees, blend);
  const scoreOf = (product: number): number => scores[signals.products.indexOf(product)]!;

  it('puts every candidate above everything else, which keeps the order of the blend', () => {
    expect([...moment.candidates.products].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 50]);
    for (const candidate of moment.candidates.products)
      expect(scoreOf(candidate)).toBeGreaterThan(scoreOf(60));
    expect(scoreOf(50)).toBeGreaterThan(scoreOf(2));
  });

  it('orders lists of any length as if every product were scored and selected from', () => {
    const isEven = (product: number): boolean => product % 2 === 0;
    for (const eligible of [() => true, isEven]) {
      const selected = selectTop(scores, signals.overall, 10, (at) => eligible(signals.products[at]!));
      const whole = selected.map((at) => ({ product: signals.products[at]!, score: scores[at]! }));
      for (let n = 1; n <= 10; n++)
        expect(ask({ n, eligible }).items.map(({ product, score }) => ({ product, score }))).toEqual(
          whole.slice(0, n),
        );
    }
  });

  it('is none for a kind of list without trees, and without a learned ranker', () => {
    const half = { ...ranker, learned: { shop, trees: { any: dear, novel: null } } };
    expect(learnedScores(half, view, 'novel', signals)).toBeNull();
    expect(withBlendBelow(null, blend)).toBe(blend);
    expect(viewOf(blended, basketsOf(history), NOW, signals)).toBeNull();
    expect(learnedScores(blended, null, 'novel', signals)).toBeNull();
  });
});

describe('recommend with trees', () => {
  it('ranks for-you by the trees for any product and discover by those for new ones', () => {
    const listed = productsOf({});
    expect(listed.slice(0, 2).sort()).toEqual([4, 50]);
    expect(listed.at(-1)).toBe(60);
    const discovered = productsOf({ shelf: 'discover' });
    expect(discovered).not.toContain(1);
    expect(discovered.indexOf(2)).toBeLessThan(discovered.indexOf(50));
  });

  it('ranks buy-again as for-you, of what the customer bought alone', () => {
    const own = new Set(history.map(({ product }) => product));
    expect(productsOf({ shelf: 'buy-again' })).toEqual(productsOf({}).filter((product) => own.has(product)));
    for (const { source } of ask({ shelf: 'buy-again' }).items) expect(source).toBe('personal');
  });

  it('leaves trending, and a customer without a history, as they are without trees', () => {
    expect(ask({ shelf: 'trending' })).toEqual(ask({ shelf: 'trending' }, blended));
    expect(ask({ history: [] })).toEqual(ask({ history: [] }, blended));
  });

  it('names the strongest source of each item and says it in words', () => {
    const { items } = ask({ nameOf: (product) => `Tea ${product}` });
    const told = Object.fromEntries(items.map(({ product, source, reason }) => [product, [source, reason]]));
    expect(told).toEqual({
      1: ['personal', 'you buy it about every 20 days, last time 10 days ago'],
      2: ['neighbours', 'bought by 12 customers who also bought Tea 1'],
      3: ['neighbours', 'bought by 12 customers who also bought Tea 1'],
      4: ['neighbours', 'bought by 12 customers who also bought Tea 1'],
      50: ['popular', 'popular in the last 14 days: 8 orders'],
      60: ['popular', 'popular over all time: 1 order'],
    });
  });

  it('never lists what is not eligible, whether candidate or not', () => {
    expect(productsOf({ eligible: (product) => product === 60 || product === 2 })).toEqual([2, 60]);
  });

  it('answers a purchase of a product that neither model nor shop knows with the very next list', () => {
    const after = productsOf({ history: [...history, ...bought(0, 999)] });
    expect(productsOf({})).not.toContain(999);
    expect(after.indexOf(999)).toBeLessThan(after.indexOf(60));
  });
});

describe('the files of a learned ranker', () => {
  const files = new Map(encodeLearned(learned).map(({ path, bytes }) => [path, bytes]));

  it('give back a ranker that answers alike', () => {
    expect([...files.keys()]).toEqual(['ranker/shop.bin', 'ranker/any.txt', 'ranker/novel.txt']);
    const decoded = decodeLearned(files)!;
    expect(decoded.shop).toEqual(shop);
    const again = prepareRanker({ settings: DEFAULT_SETTINGS, popularity, items: null, learned: decoded });
    for (const shelf of ['for-you', 'discover'] as const)
      expect(ask({ shelf }, again)).toEqual(ask({ shelf }));
  });

  it('are none of a model without trees, and may hold the trees of one list alone', () => {
    expect(decodeLearned(new Map())).toBeNull();
    const one = encodeLearned({ shop, trees: { any: null, novel: cheap } });
    expect(decodeLearned(new Map(one.map(({ path, bytes }) => [path, bytes])))?.trees.any).toBeNull();
  });

  it('are none of a release with another layout of the shop, and leave out trees of other features', () => {
    const older = Buffer.from(files.get('ranker/shop.bin')!);
    older[7]! -= 1;
    expect(decodeLearned(new Map([...files, ['ranker/shop.bin', older]]))).toBeNull();
    const renamed = formatLightGbm({ ...dear, featureNames: dear.featureNames.toReversed() });
    const decoded = decodeLearned(new Map([...files, ['ranker/any.txt', Buffer.from(renamed)]]));
    expect([decoded?.trees.any, decoded?.trees.novel]).toEqual([null, expect.anything()]);
  });

  it.each([
    ['another file', () => Buffer.from('{"format":1}             ')],
    ['half a file', (bytes: Uint8Array) => bytes.subarray(0, bytes.length / 2)],
  ])('are refused where the shop is %s', (_, damaged) => {
    const bytes = damaged(files.get('ranker/shop.bin')!);
    expect(() => decodeLearned(new Map([...files, ['ranker/shop.bin', bytes]]))).toThrow(
      /the file of the shop's state is broken/,
    );
  });
});
