import { inverse, Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { type AlsModel, alsObjective, fitAlsReference } from './als-reference.ts';
import { interactionMatrix, type Ratings } from './interaction-matrix.ts';
import { type AlsParameters, alsParameters } from './parameters.ts';
import { predict } from './predict.ts';
import { uniform } from './random.ts';

type Triple = readonly [user: number, item: number, rating: number];

const EXPLICIT = alsParameters({ rank: 3, maxIter: 4, regParam: 0.05, seed: 7 });
const IMPLICIT = alsParameters({
  rank: 3,
  maxIter: 4,
  regParam: 0.05,
  seed: 7,
  implicitPrefs: true,
  alpha: 2.5,
});

describe('fitAlsReference', () => {
  it.each([
    ['explicit', EXPLICIT],
    ['implicit', IMPLICIT],
    ['explicit and constant', { ...EXPLICIT, regularisation: 'constant' as const }],
    ['implicit and constant', { ...IMPLICIT, regularisation: 'constant' as const }],
  ])('equals a dense float64 solve of the equations, %s', async (_, parameters) => {
    const triples = randomTriples(14, 9);
    const model = await fitAlsReference(interactionMatrix(ratingsOf(triples)), parameters);
    const dense = await denseFit(triples, parameters);
    expectClose(model.userFactors, dense.users, 2e-4);
    expectClose(model.itemFactors, dense.items, 2e-4);
  });

  it.each([
    ['explicit', EXPLICIT],
    ['implicit', IMPLICIT],
  ])('lowers its objective in every iteration, %s', async (_, parameters) => {
    const matrix = interactionMatrix(ratingsOf(randomTriples(40, 25)));
    const objectives: number[] = [];
    for (const maxIter of [0, 1, 2, 3, 6]) {
      objectives.push(alsObjective(matrix, await fitAlsReference(matrix, { ...parameters, maxIter })));
    }
    expect(objectives).toEqual([...objectives].sort((a, b) => b - a));
    expect(objectives.at(-1)).toBeLessThan(objectives[0]! * 0.5);
  });

  it('finds the withheld diagonal of a checkerboard', async () => {
    const size = 20;
    const triples: Triple[] = [];
    for (let user = 0; user < size; user++) {
      for (let item = user % 2; item < size; item += 2) if (item !== user) triples.push([user, item, 1]);
    }
    const model = await fitAlsReference(
      interactionMatrix(ratingsOf(triples)),
      alsParameters({ rank: 3, implicitPrefs: true, alpha: 1, regParam: 0.01 }),
    );
    const bought = new Set(triples.map(([user, item]) => `${user} ${item}`));
    for (let user = 0; user < size; user++) {
      const others = Array.from({ length: size }, (_, item) => item).filter(
        (item) => !bought.has(`${user} ${item}`),
      );
      const best = predict(
        model,
        others.map((item) => ({ user, item })),
      ).sort((a, b) => b.prediction - a.prediction)[0];
      expect(best?.item).toBe(user);
    }
  });

  it('is the same bit by bit for the same seed and for ratings in any order, and another for another seed', async () => {
    const triples: Triple[] = [...randomTriples(30, 20), [1, 1, 5], [1, 1, 0.3], [1, 1, 0.1]];
    const shuffled = [...triples].sort(
      (a, b) => Math.sin(a[0] * 31 + a[1] + a[2]) - Math.sin(b[0] * 31 + b[1] + b[2]),
    );
    const train = (order: readonly Triple[], seed: number) =>
      fitAlsReference(interactionMatrix(ratingsOf(order)), { ...IMPLICIT, seed });
    const model = await train(triples, 7);
    expect(await train(shuffled, 7)).toEqual(model);
    expect((await train(triples, 8)).userFactors).not.toEqual(model.userFactors);
  });

  it('charges only ratings above 0 in implicit mode, and gives a user without any the zero vector', async () => {
    const triples: Triple[] = [...randomTriples(14, 9), [99, 2, -1], [99, 3, 0], [1, 50, -2]];
    const model = await fitAlsReference(interactionMatrix(ratingsOf(triples)), IMPLICIT);
    const dense = await denseFit(triples, IMPLICIT);
    expectClose(model.userFactors, dense.users, 2e-4);
    expect([...model.userFactors.slice(-3)]).toEqual([0, 0, 0]);
  });

  it('stops when it is told to and reports every iteration until then', async () => {
    const stop = new AbortController();
    const seen: number[] = [];
    const fit = fitAlsReference(
      interactionMatrix(ratingsOf(randomTriples(400, 300))),
      { ...IMPLICIT, rank: 48, maxIter: 1000 },
      {
        signal: stop.signal,
        onProgress: ({ iteration }) => {
          seen.push(iteration);
          if (iteration === 2) stop.abort(new Error('enough'));
        },
      },
    );
    await expect(fit).rejects.toThrow('enough');
    expect(seen).toEqual([1, 2]);
  });

  it('names the cause where equations have no single solution or factors leave float32', async () => {
    const matrix = interactionMatrix(ratingsOf([[1, 1, 2]]));
    await expect(fitAlsReference(matrix, { ...EXPLICIT, regParam: 0 })).rejects.toMatchObject({
      code: 'als_singular',
    });
    const huge = interactionMatrix(
      ratingsOf([
        [1, 1, 3e38],
        [1, 2, -3e38],
        [2, 1, 3e38],
      ]),
    );
    await expect(fitAlsReference(huge, { ...EXPLICIT, regParam: 1e-12, maxIter: 40 })).rejects.toMatchObject({
      code: expect.stringMatching(/als_(diverged|singular)/),
    });
  });

  it('trains nothing from nothing', async () => {
    const model = await fitAlsReference(interactionMatrix(ratingsOf([])), IMPLICIT);
    expect([model.userFactors.length, model.itemFactors.length]).toEqual([0, 0]);
  });
});

describe('predict', () => {
  it('drops unknown pairs or predicts NaN, as coldStartStrategy says', async () => {
    const matrix = interactionMatrix(
      ratingsOf([
        [1, 1, 2],
        [2, 2, 3],
      ]),
    );
    const pairs = [
      { user: 1, item: 1 },
      { user: 1, item: 9 },
      { user: 9, item: 1 },
    ];
    const nan = predict(await fitAlsReference(matrix, EXPLICIT), pairs);
    expect(nan.map(({ prediction }) => Number.isNaN(prediction))).toEqual([false, true, true]);
    const drop = predict(await fitAlsReference(matrix, { ...EXPLICIT, coldStartStrategy: 'drop' }), pairs);
    expect(drop).toEqual([nan[0]]);
  });
});

describe('alsParameters', () => {
  it("has Spark's defaults", () => {
    expect(alsParameters()).toMatchObject({
      rank: 10,
      maxIter: 10,
      regParam: 0.1,
      regularisation: 'count-scaled',
      solver: 'cholesky',
      implicitPrefs: false,
      alpha: 1,
      coldStartStrategy: 'nan',
    });
  });

  it.each([
    [{ rank: 0 }, 'rank is 0'],
    [{ rank: 1.5 }, 'rank is 1.5'],
    [{ maxIter: -1 }, 'maxIter is -1'],
    [{ regParam: Number.NaN }, 'regParam is null'],
    [{ alpha: -1 }, 'alpha is -1'],
    [{ cgSteps: 0 }, 'cgSteps is 0'],
    [{ solver: 'lu' as 'cholesky' }, 'solver is "lu"'],
    [{ regularisation: 'none' as 'constant' }, 'regularisation is "none"'],
    [{ nonnegative: true }, 'nonnegative is true'],
  ])('refuses %j by name', (chosen, message) => {
    expect(() => alsParameters(chosen)).toThrow(message);
  });
});

describe('interactionMatrix', () => {
  it('lists every rating from both sides, ids and columns ascending', () => {
    const matrix = interactionMatrix(
      ratingsOf([
        [7, 30, 1],
        [3, 30, 2],
        [7, 10, 3],
        [7, 30, 0.5],
      ]),
    );
    expect([...matrix.userIds]).toEqual([3, 7]);
    expect([...matrix.itemIds]).toEqual([10, 30]);
    expect([[...matrix.byUser.starts], [...matrix.byUser.columns], [...matrix.byUser.values]]).toEqual([
      [0, 1, 4],
      [1, 0, 1, 1],
      [2, 3, 0.5, 1],
    ]);
    expect([[...matrix.byItem.starts], [...matrix.byItem.columns], [...matrix.byItem.values]]).toEqual([
      [0, 1, 4],
      [1, 0, 1, 1],
      [3, 2, 0.5, 1],
    ]);
  });

  it('refuses ratings that are no number, and columns of unequal length', () => {
    expect(() => interactionMatrix(ratingsOf([[1, 2, Number.NaN]]))).toThrow(
      'rating 0 of user 1 and item 2 is NaN',
    );
    expect(() => interactionMatrix({ ...ratingsOf([[1, 2, 3]]), items: new Int32Array(2) })).toThrow(
      '1 users, 2 items and 1 values',
    );
  });
});

function ratingsOf(triples: readonly Triple[]): Ratings {
  return {
    users: Int32Array.from(triples, ([user]) => user),
    items: Int32Array.from(triples, ([, item]) => item),
    values: Float32Array.from(triples, ([, , rating]) => rating),
  };
}

function randomTriples(users: number, items: number): Triple[] {
  const next = uniform(1, 'ratings');
  const triples: Triple[] = [];
  for (let user = 1; user <= users; user++) {
    for (let item = 1; item <= items; item++)
      if (next() < 0.4) triples.push([user, item, Math.ceil(next() * 5)]);
  }
  return triples;
}

/** The same alternation, written over dense matrices with a general inverse, from the same start. */
async function denseFit(
  triples: readonly Triple[],
  parameters: AlsParameters,
): Promise<{ users: Matrix; items: Matrix }> {
  const { rank } = parameters;
  const start: AlsModel = await fitAlsReference(interactionMatrix(ratingsOf(triples)), {
    ...parameters,
    maxIter: 0,
  });
  const rating = new Matrix(start.userIds.length, start.itemIds.length);
  const rated = new Matrix(start.userIds.length, start.itemIds.length);
  for (const [user, item, value] of triples) {
    rating.set(start.userIds.indexOf(user), start.itemIds.indexOf(item), value);
    rated.set(start.userIds.indexOf(user), start.itemIds.indexOf(item), 1);
  }
  let users = Matrix.from1DArray(start.userIds.length, rank, [...start.userFactors]);
  let items = Matrix.from1DArray(start.itemIds.length, rank, [...start.itemFactors]);
  for (let iteration = 0; iteration < parameters.maxIter; iteration++) {
    items = denseSide(rating.transpose(), rated.transpose(), users, parameters);
    users = denseSide(rating, rated, items, parameters);
  }
  return { users, items };
}

function denseSide(
  rating: Matrix,
  rated: Matrix,
  other: Matrix,
  { rank, regParam, regularisation, implicitPrefs, alpha }: AlsParameters,
): Matrix {
  const solved = new Matrix(rating.rows, rank);
  for (let row = 0; row < rating.rows; row++) {
    const values = rating.getRow(row);
    const known = rated.getRow(row);
    const weights = values.map((value, column) =>
      implicitPrefs ? 1 + alpha * Math.abs(value) : known[column]!,
    );
    const targets = values.map((value) => (implicitPrefs ? (value > 0 ? 1 : 0) : value));
    const count = values.filter(
      (value, column) => known[column] === 1 && (!implicitPrefs || value > 0),
    ).length;
    const weighted = Matrix.diag(weights).mmul(other);
    const left = other
      .transpose()
      .mmul(weighted)
      .add(Matrix.eye(rank).mul(regularisation === 'constant' ? regParam : regParam * count));
    solved.setRow(
      row,
      inverse(left).mmul(weighted.transpose()).mmul(Matrix.columnVector(targets)).to1DArray(),
    );
  }
  return solved;
}

function expectClose(factors: Float32Array, dense: Matrix, tolerance: number): void {
  const expected = dense.to1DArray();
  expect(factors.length).toBe(expected.length);
  const worst = Math.max(...expected.map((value, index) => Math.abs(value - factors[index]!)));
  expect(worst).toBeLessThan(tolerance);
}
