import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from './random.ts';

describe('seededRandom', () => {
  it('repeats itself for a seed, and forks do not move the stream they come from', () => {
    const draw = (seed: string) => {
      const random = seededRandom(seed);
      return Array.from({ length: 5 }, () => random.next());
    };
    expect(draw('a')).toEqual(draw('a'));
    expect(draw('a')).not.toEqual(draw('b'));
    const forked = seededRandom('a');
    forked.fork('child').next();
    expect(forked.next()).toBe(draw('a')[0]);
    expect(forked.fork(1).next()).not.toBe(forked.fork(2).next());
  });

  it('stays within the bounds that were asked for', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: -50, max: 50 }), fc.nat(50), (seed, low, span) => {
        const random = seededRandom(seed);
        const whole = random.integer(low, low + span);
        expect(Number.isInteger(whole) && whole >= low && whole <= low + span).toBe(true);
        const real = random.between(low, low + span + 1);
        expect(real >= low && real < low + span + 1).toBe(true);
        expect(random.shuffled([3, 1, 2]).sort()).toEqual([1, 2, 3]);
      }),
    );
  });

  it('draws in proportion to weights, and never what weighs nothing', () => {
    const random = seededRandom('weights');
    const counts = [0, 0, 0];
    for (let draw = 0; draw < 20_000; draw++) {
      const index = random.weighted([1, 0, 3]);
      counts[index] = (counts[index] ?? 0) + 1;
    }
    expect(counts[1]).toBe(0);
    expect((counts[2] ?? 0) / 20_000).toBeCloseTo(0.75, 1);
    expect(() => random.weighted([0, 0])).toThrow(RangeError);
    expect(() => random.pick([])).toThrow(RangeError);
  });

  it('is spread as a uniform and a normal variable are', () => {
    const random = seededRandom('moments');
    const uniform = Array.from({ length: 20_000 }, () => random.next());
    const normal = Array.from({ length: 20_000 }, () => random.normal());
    expect(mean(uniform)).toBeCloseTo(0.5, 1);
    expect(mean(uniform.map((x) => (x - 0.5) ** 2))).toBeCloseTo(1 / 12, 2);
    expect(Math.abs(mean(normal))).toBeLessThan(0.03);
    expect(mean(normal.map((x) => x * x))).toBeCloseTo(1, 1);
  });
});

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
