import { describe, expect, it } from 'vitest';
import { fitAls } from './als-reference.ts';
import { foldIn, itemSpace, scoreItems } from './fold-in.ts';
import { interactionMatrix } from './interaction-matrix.ts';
import { alsParameters } from './parameters.ts';
import { predict } from './predict.ts';
import { uniform } from './random.ts';

const next = uniform(3, 'fold-in');
const triples = Array.from({ length: 600 }, () => ({
  user: 1 + Math.floor(next() * 40),
  item: 100 + Math.floor(next() * 50),
  rating: Math.ceil(next() * 6) - 1,
}));
const matrix = interactionMatrix({
  users: Int32Array.from(triples, ({ user }) => user),
  items: Int32Array.from(triples, ({ item }) => item),
  values: Float32Array.from(triples, ({ rating }) => rating),
});

describe.each([
  ['explicit', alsParameters({ rank: 8, regParam: 0.05 })],
  ['implicit', alsParameters({ rank: 8, regParam: 0.05, implicitPrefs: true, alpha: 3 })],
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
      expect(Math.max(...fitted.map((value, k) => Math.abs(value - folded![k]!)))).toBeLessThan(1e-5);
    });
  });

  it('has no factors for a history of unknown items, and ignores them beside known ones', async () => {
    const space = itemSpace(await fitAls(matrix, parameters));
    expect(foldIn(space, [])).toBeNull();
    expect(foldIn(space, [{ item: 7, rating: 1 }])).toBeNull();
    const known = [{ item: 101, rating: 2 }];
    expect(foldIn(space, [...known, { item: 7, rating: 1 }])).toEqual(foldIn(space, known));
  });
});

it('scores every item as predict does', async () => {
  const model = await fitAls(matrix, alsParameters({ rank: 8, implicitPrefs: true }));
  const scores = scoreItems(itemSpace(model), model.userFactors.subarray(0, 8));
  const pairs = Array.from(model.itemIds, (item) => ({ user: model.userIds[0]!, item }));
  expect([...scores]).toEqual(predict(model, pairs).map(({ prediction }) => Math.fround(prediction)));
});
