import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AlsModel, alsObjective, fitAlsReference } from './als-reference.ts';
import { fitAls } from './als-wasm.ts';
import { alsMemory } from './als-wasm-memory.ts';
import { type InteractionMatrix, interactionMatrix } from './interaction-matrix.ts';
import { alsParameters } from './parameters.ts';
import { uniform } from './random.ts';

type Triple = readonly [user: number, item: number, rating: number];

const COMBINATIONS = [true, false].flatMap((implicitPrefs) =>
  (['count-scaled', 'constant'] as const).map((regularisation) => ({ implicitPrefs, regularisation })),
);

/** Few ratings, also of 0 and below, and now and then the same pair twice. */
const RATINGS = fc.array(
  fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 9 }), fc.integer({ min: -4, max: 5 })),
  { minLength: 1, maxLength: 60 },
);

describe('fitAls', () => {
  it.each(COMBINATIONS)(
    'equals the reference by Cholesky to 1e-4 of the largest factor, $implicitPrefs $regularisation',
    async (kind) => {
      await fc.assert(
        fc.asyncProperty(
          RATINGS,
          fc.integer({ min: 1, max: 9 }),
          fc.double({ min: 0.05, max: 2, noNaN: true }),
          fc.double({ min: 0, max: 10, noNaN: true }),
          async (triples, rank, regParam, alpha) => {
            const matrix = matrixOf(triples);
            const parameters = alsParameters({ ...kind, rank, regParam, alpha, maxIter: 3 });
            const fitted = await fitAls(matrix, parameters, { threads: 1 });
            expect(farthest(fitted, await fitAlsReference(matrix, parameters))).toBeLessThan(1e-4);
          },
        ),
        { numRuns: 15 },
      );
    },
  );

  it.each(COMBINATIONS)(
    'equals the reference to 1e-3 of the largest factor by enough steps of conjugate gradient, $implicitPrefs $regularisation',
    async (kind) => {
      await fc.assert(
        fc.asyncProperty(
          RATINGS,
          // With rank 1 directions are 1 and -1, which may cancel out: what the rounding of a step leaves of that then grows.
          fc.integer({ min: 2, max: 9 }),
          fc.double({ min: 0.2, max: 2, noNaN: true }),
          fc.double({ min: 0, max: 5, noNaN: true }),
          async (triples, rank, regParam, alpha) => {
            const matrix = matrixOf(triples);
            const parameters = alsParameters({ ...kind, rank, regParam, alpha, maxIter: 2 });
            const fitted = await fitAls(
              matrix,
              { ...parameters, solver: 'conjugate-gradient', cgSteps: 40 },
              { threads: 1 },
            );
            expect(farthest(fitted, await fitAlsReference(matrix, parameters))).toBeLessThan(1e-3);
          },
        ),
        { numRuns: 15 },
      );
    },
  );

  it.each([
    ['with few rows', 14, 9, false],
    ['with so many rows that they are rotated', 1500, 700, true],
  ])('converges to the reference %s', async (_, users, items, rotated) => {
    const matrix = matrixOf(randomTriples(users, items, 8 / items));
    const byGradientAtAll = alsParameters({ rank: 13, implicitPrefs: true, solver: 'conjugate-gradient' });
    const { users: side } = await alsMemory(matrix, byGradientAtAll, 1);
    expect(side.published !== side.factors).toBe(rotated);
    for (const { implicitPrefs, regularisation } of COMBINATIONS) {
      const parameters = alsParameters({ rank: 13, maxIter: 2, implicitPrefs, regularisation, alpha: 3 });
      const reference = await fitAlsReference(matrix, parameters);
      expect(farthest(await fitAls(matrix, parameters), reference)).toBeLessThan(1e-4);
      const byGradient = await fitAls(matrix, { ...parameters, solver: 'conjugate-gradient', cgSteps: 60 });
      expect(farthest(byGradient, reference)).toBeLessThan(1e-3);
    }
  });

  it.each(
    COMBINATIONS.flatMap((kind) => [
      { ...kind, solver: 'cholesky' as const },
      { ...kind, solver: 'conjugate-gradient' as const },
    ]),
  )('lowers its objective in every half step: $implicitPrefs $regularisation $solver', async (kind) => {
    const matrix = matrixOf(randomTriples(900, 400, 0.02));
    const parameters = alsParameters({ ...kind, rank: 6, regParam: 0.05, alpha: 2 });
    const objectives: number[] = [];
    let before = await fitAls(matrix, { ...parameters, maxIter: 0 });
    for (let maxIter = 1; maxIter <= 4; maxIter++) {
      const after = await fitAls(matrix, { ...parameters, maxIter });
      const half = { ...after, userFactors: before.userFactors };
      objectives.push(...[before, half, after].map((model) => alsObjective(matrix, model)));
      before = after;
    }
    expect(objectives).toEqual([...objectives].sort((a, b) => b - a));
    expect(objectives.at(-1)).toBeLessThan(objectives[0]! * 0.9);
  });

  it('is the same bit by bit for any number of threads, and another for another seed', async () => {
    // Enough work for four threads.
    const matrix = matrixOf(randomTriples(1500, 700, 0.05));
    for (const solver of ['conjugate-gradient', 'cholesky'] as const) {
      const parameters = alsParameters({ rank: 22, maxIter: 2, implicitPrefs: true, alpha: 2, solver });
      expect((await alsMemory(matrix, parameters, 3)).scratches).toHaveLength(3);
      const model = await fitAls(matrix, parameters, { threads: 1 });
      for (const threads of [2, 3]) expect(await fitAls(matrix, parameters, { threads })).toEqual(model);
      expect((await fitAls(matrix, { ...parameters, seed: 1 })).userFactors).not.toEqual(model.userFactors);
    }
  });

  it('gives rows without ratings zeros, explicit and implicit', async () => {
    const matrix = withEmptyUser(matrixOf(randomTriples(14, 9, 0.4)), 99);
    for (const kind of COMBINATIONS) {
      for (const solver of ['conjugate-gradient', 'cholesky'] as const) {
        const model = await fitAls(matrix, alsParameters({ ...kind, rank: 3, solver, maxIter: 2 }));
        expect([...model.userFactors.slice(-3)]).toEqual([0, 0, 0]);
        expect(model.userFactors.every(Number.isFinite)).toBe(true);
      }
    }
  });

  it('trains nothing from nothing', async () => {
    const model = await fitAls(matrixOf([]), alsParameters({ implicitPrefs: true }));
    expect([model.userFactors.length, model.itemFactors.length]).toEqual([0, 0]);
  });

  it('stops when it is told to, reports every iteration until then and leaves no thread behind', async () => {
    const stop = new AbortController();
    const before = threadsOfThisProcess();
    const seen: number[] = [];
    const fit = fitAls(
      matrixOf(randomTriples(400, 300, 0.3)),
      alsParameters({ rank: 48, maxIter: 100_000, implicitPrefs: true }),
      {
        signal: stop.signal,
        onProgress: ({ iteration }) => {
          seen.push(iteration);
          // While the next iteration runs.
          if (iteration === 2) setImmediate(() => stop.abort(new Error('enough')));
          expect(threadsOfThisProcess()).toBeGreaterThan(before);
        },
      },
    );
    await expect(fit).rejects.toThrow('enough');
    expect(seen.slice(0, 2)).toEqual([1, 2]);
    expect(threadsOfThisProcess()).toBe(before);
  });

  it('gives no model that it was told to stop at while it was written', async () => {
    const matrix = matrixOf(randomTriples(1500, 700, 0.02));
    const parameters = alsParameters({
      rank: 4,
      maxIter: 1,
      implicitPrefs: true,
      solver: 'conjugate-gradient',
    });
    const stop = new AbortController();
    const fit = fitAls(matrix, parameters, {
      signal: stop.signal,
      onProgress: () => queueMicrotask(() => stop.abort(new Error('enough'))),
    });
    await expect(fit).rejects.toThrow('enough');
  });

  it('ends early where a score no longer rises, with the best model', async () => {
    const matrix = matrixOf(randomTriples(40, 30, 0.3));
    const parameters = alsParameters({
      rank: 4,
      maxIter: 20,
      implicitPrefs: true,
      solver: 'conjugate-gradient',
    });
    const scores = [0.1, 0.3, 0.2, 0.3, 0.25, 0.9];
    const scored: AlsModel[] = [];
    const model = await fitAls(matrix, parameters, {
      earlyStop: {
        patience: 3,
        score: (candidate, iteration) => {
          scored.push(candidate);
          return scores[iteration - 1]!;
        },
      },
    });
    expect(scored).toHaveLength(5);
    expect(model).toEqual({ ...(await fitAls(matrix, { ...parameters, maxIter: 2 })), parameters });
  });

  it('names the cause where equations have no single solution, factors leave float32 or memory does not suffice', async () => {
    const one = matrixOf([[1, 1, 2]]);
    const explicit = alsParameters({ rank: 3, maxIter: 2, regParam: 0 });
    await expect(fitAls(one, explicit)).rejects.toMatchObject({ code: 'als_singular' });
    const huge = matrixOf([
      [1, 1, 3e38],
      [1, 2, -3e38],
      [2, 1, 3e38],
    ]);
    for (const solver of ['conjugate-gradient', 'cholesky'] as const) {
      await expect(fitAls(huge, { ...explicit, solver, regParam: 1e-12, maxIter: 40 })).rejects.toMatchObject(
        { code: expect.stringMatching(/als_(diverged|singular)/) },
      );
    }
    await expect(fitAls(one, alsParameters({ rank: 20_000, implicitPrefs: true }))).rejects.toMatchObject({
      code: 'als_memory',
    });
  });

  it('runs from a bundle, minified and with names kept, as functions are deployed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'als-bundle-'));
    try {
      const outfile = join(folder, 'als.mjs');
      await build({
        entryPoints: [join(import.meta.dirname, 'als-wasm.ts')],
        outfile,
        bundle: true,
        minify: true,
        keepNames: true,
        platform: 'node',
        format: 'esm',
        target: 'node20',
        logLevel: 'silent',
      });
      const bundled: { readonly fitAls: typeof fitAls } = await import(pathToFileURL(outfile).href);
      const matrix = matrixOf(randomTriples(20, 10, 0.4));
      const parameters = alsParameters({ rank: 3, maxIter: 2, implicitPrefs: true });
      expect(await bundled.fitAls(matrix, parameters)).toEqual(await fitAls(matrix, parameters));
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

function threadsOfThisProcess(): number {
  const { workers } = process.report.getReport() as unknown as { readonly workers: readonly unknown[] };
  return workers.length;
}

function matrixOf(triples: readonly Triple[]): InteractionMatrix {
  return interactionMatrix({
    users: Int32Array.from(triples, ([user]) => user),
    items: Int32Array.from(triples, ([, item]) => item),
    values: Float32Array.from(triples, ([, , rating]) => rating),
  });
}

function randomTriples(users: number, items: number, density: number): Triple[] {
  const next = uniform(1, 'ratings');
  const triples: Triple[] = [];
  for (let user = 1; user <= users; user++) {
    for (let item = 1; item <= items; item++)
      if (next() < density) triples.push([user, item, Math.ceil(next() * 5)]);
  }
  return triples;
}

function withEmptyUser(matrix: InteractionMatrix, id: number): InteractionMatrix {
  const { starts } = matrix.byUser;
  return {
    ...matrix,
    userIds: Int32Array.from([...matrix.userIds, id]),
    byUser: { ...matrix.byUser, starts: Int32Array.from([...starts, starts.at(-1)!]) },
  };
}

/** The largest difference of two models' factors, in units of the largest factor of a side. */
function farthest(model: AlsModel, other: AlsModel): number {
  const apart = (a: Float32Array, b: Float32Array): number => {
    expect(a.length).toBe(b.length);
    let difference = 0;
    let largest = 1e-6;
    a.forEach((value, at) => {
      difference = Math.max(difference, Math.abs(value - b[at]!));
      largest = Math.max(largest, Math.abs(b[at]!));
    });
    return difference / largest;
  };
  return Math.max(apart(model.userFactors, other.userFactors), apart(model.itemFactors, other.itemFactors));
}
