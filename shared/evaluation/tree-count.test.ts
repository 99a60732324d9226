import { describe, expect, it } from 'vitest';
import { uniform } from '../als/index.ts';
import { bestTreeCount } from './tree-count.ts';

/** Rises until the hundredth tree and falls half as fast behind it. */
const slope = (tree: number): number => (tree < 100 ? tree / 1000 : 0.1 - (tree - 100) / 2000);

describe('bestTreeCount', () => {
  it('finds the end of the slope through noise', () => {
    for (let seed = 0; seed < 20; seed++) {
      const next = uniform(seed, 'noise');
      const noisy = Array.from({ length: 150 }, (_, tree) => slope(tree + 1) + 0.02 * (next() - 0.5));
      expect(Math.abs(bestTreeCount(noisy) - 100)).toBeLessThanOrEqual(20);
    }
  });

  it('does not stop at a spike', () => {
    const spiked = Array.from({ length: 150 }, (_, tree) => (tree === 30 ? 0.2 : slope(tree + 1)));
    expect(bestTreeCount(spiked)).toBeGreaterThan(80);
  });

  it.each([
    ['the first where nothing is gained', [0.5, 0.5, 0.5], 1],
    ['all where every tree gains', Array.from({ length: 60 }, (_, tree) => tree), 60],
    ['none of none', [], 0],
  ])('is %s', (_, validationNdcg, trees) => {
    expect(bestTreeCount(validationNdcg)).toBe(trees);
  });
});
