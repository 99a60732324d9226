import { describe, expect, it } from 'vitest';
import { dot } from './als-reference.ts';
import { fitAls } from './als-wasm.ts';
import { foldIn, itemSpace, scoreItems, similarItems } from './fold-in.ts';
import { interactionMatrix } from './interaction-matrix.ts';
import { alsParameters } from './parameters.ts';
import { predict } from './predict.ts';
import { uniform } from './random.ts';

const next = uniform(3, 'fold-in');
const triples = Array.from({ length: 600 }, () => ({
  user: 1 + Math.floor(next() * 40),
  item: 100 + Math.floor(next() * 50),
  rating: Math.fround(Math.max(0, next() * 6 - 1)),
}));
const matrix = interactionMatrix({
  users: Int32Array.from(triples, ({ user }) => user),
  items: Int32Array.from(triples, ({ item }) => item),
  values: Float32Array.from(triples, ({ rating }) => rating),
});

describe.each([
  ['explicit', alsParameters({ rank: 8, regParam: 0.05 })],
  ['implicit', alsParameters({ rank: 8, regParam: 0.05, implicitPrefs: true, alpha: 3 })],
  [
    'constant regularisation',
    alsParameters({ rank: 8, regParam: 0.2, regularisation: 'constant', implicitPrefs: true, alpha: 3 }),
  ],
])('foldIn, %s', (_, parameters) => {
  it('equals the user half-step of the fit for every user', async () => {
    const model = await fitAls(matrix, parameters);
    const space = itemSpace(model);
    model.userIds.forEach((id, position) => {
      const folded = foldIn(
        space,
        triples.filter(({ user }) => user === id),
      );
      const fitted = model.userFactors.subarray(position * 8, position * 8 + 8);
      expect(Math.max(...fitted.map((value, k) => Math.abs(value - folded!.factors[k]!)))).toBeLessThan(1e-5);
    });
  });

  it('has no factors for a history of unknown items, and ignores them beside known ones', async () => {
    const space = itemSpace(await fitAls(matrix, parameters));
    expect(foldIn(space, [])).toBeNull();
    expect(foldIn(space, [{ item: 7, rating: 1 }])).toBeNull();
    const known = [{ item: 101, rating: 2 }];
    expect(foldIn(space, [...known, { item: 7, rating: 1 }])?.factors).toEqual(foldIn(space, known)?.factors);
  });
});

it('splits a prediction into what each rating of the history adds', async () => {
  const space = itemSpace(await fitAls(matrix, alsParameters({ rank: 8, implicitPrefs: true, alpha: 3 })));
  const history = triples.filter(({ user }) => user === 5);
  const user = foldIn(space, history)!;
  const scores = scoreItems(space, user.factors);
  space.itemIds.forEach((item, position) => {
    const amounts = user.contributionsTo(item);
    expect(amounts.map((amount) => amount.item)).toEqual(history.map((rating) => rating.item));
    expect(amounts.reduce((sum, { amount }) => sum + amount, 0)).toBeCloseTo(scores[position]!, 5);
  });
  expect(user.contributionsTo(7)).toEqual([]);
});

it('finds the items that lie nearest', async () => {
  const space = itemSpace({
    parameters: alsParameters({ rank: 2 }),
    itemIds: Int32Array.of(1, 2, 3, 4),
    itemFactors: Float32Array.of(1, 0, 2, 0.1, 0, 5, 0, 0),
  });
  expect(similarItems(space, 1, 2)).toEqual([
    { item: 2, cosine: expect.closeTo(2 / Math.hypot(2, 0.1), 6) },
    { item: 3, cosine: 0 },
  ]);
  expect(similarItems(space, 1, 99).map(({ item }) => item)).toEqual([2, 3, 4]);
  expect(similarItems(space, 9, 2)).toEqual([]);
});

it('finds what sorting all cosines finds, among duplicates and items without factors too', () => {
  const factors = Float32Array.from({ length: 300 }, () => Math.round(4 * next() - 2));
  const rows = Array.from({ length: 100 }, (_, at) => factors.subarray(3 * at, 3 * at + 3));
  const itemIds = Int32Array.from(rows, (_, at) => 10 + 2 * at);
  const space = itemSpace({ parameters: alsParameters({ rank: 3 }), itemIds, itemFactors: factors });
  rows.forEach((row, position) => {
    const cosines = rows.map((other, at) => {
      const lengths = Math.sqrt(dot(row, 0, row, 0, 3)) * Math.sqrt(dot(other, 0, other, 0, 3));
      return { item: itemIds[at]!, cosine: lengths === 0 ? 0 : dot(row, 0, other, 0, 3) / lengths };
    });
    const sorted = cosines
      .filter(({ item }) => item !== itemIds[position])
      .sort((a, b) => b.cosine - a.cosine || a.item - b.item);
    expect(similarItems(space, itemIds[position]!, 8)).toEqual(sorted.slice(0, 8));
  });
});

it('scores every item as predict does', async () => {
  const model = await fitAls(matrix, alsParameters({ rank: 8, implicitPrefs: true }));
  const scores = scoreItems(itemSpace(model), model.userFactors.subarray(0, 8));
  const pairs = Array.from(model.itemIds, (item) => ({ user: model.userIds[0]!, item }));
  expect([...scores]).toEqual(predict(model, pairs).map(({ prediction }) => Math.fround(prediction)));
});
