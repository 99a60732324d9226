import { describe, expect, it } from 'vitest';
import { uniform } from '../als/index.ts';
import { clusteredInterval, type Interval, meanInterval, pairedBootstrap } from './bootstrap.ts';

describe('pairedBootstrap', () => {
  it('finds the interval that the normal distribution predicts for many customers', () => {
    const next = uniform(1, 'values');
    const a = Float64Array.from({ length: 2000 }, () => next());
    const b = a.map((value) => value - 0.1 + (next() - 0.5));
    const { difference, low, high } = pairedBootstrap(a, b, 5);
    const halfWidth = (1.96 * Math.sqrt(1 / 12)) / Math.sqrt(2000);
    expect(difference).toBeCloseTo(0.1, 1);
    expect(low).toBeCloseTo(difference - halfWidth, 2);
    expect(high).toBeCloseTo(difference + halfWidth, 2);
  });

  it('pairs: a constant lead has no width, however much customers differ', () => {
    const a = Float64Array.of(1, 50, 900);
    const interval = pairedBootstrap(
      a,
      a.map((value) => value - 2),
      1,
    );
    expect(interval).toEqual({ difference: 2, low: 2, high: 2 });
  });

  it('is the same for the same seed, and 0 for nobody', () => {
    const a = Float64Array.from({ length: 30 }, (_, i) => Math.sin(i));
    const b = new Float64Array(30);
    expect(pairedBootstrap(a, b, 3)).toEqual(pairedBootstrap(a, b, 3));
    expect(pairedBootstrap(a, b, 4)).not.toEqual(pairedBootstrap(a, b, 3));
    expect(pairedBootstrap(new Float64Array(0), new Float64Array(0), 1)).toEqual({
      difference: 0,
      low: 0,
      high: 0,
    });
  });
});

describe('clusteredInterval', () => {
  it('is that of single values where everybody has one', () => {
    const values = Float64Array.from({ length: 50 }, (_, i) => Math.sin(i));
    const owners = Int32Array.from(values, (_, i) => i);
    expect(clusteredInterval(values, owners, 7)).toEqual(meanInterval(values, 7));
  });

  it('is wider by the root of how often the same customers are measured, and the mean stays', () => {
    const values = Float64Array.from({ length: 1000 }, (_, i) => Math.sin(i));
    const fourfold = Float64Array.from({ length: 4000 }, (_, i) => values[i % 1000]!);
    const owners = Int32Array.from(fourfold, (_, i) => i % 1000);
    const width = ({ low, high }: Interval): number => high - low;
    const [once, blind, clustered] = [
      meanInterval(values, 1),
      meanInterval(fourfold, 1),
      clusteredInterval(fourfold, owners, 1),
    ];
    expect(clustered.difference).toBeCloseTo(once.difference, 12);
    expect(width(clustered) / width(once)).toBeCloseTo(1, 12);
    expect(width(blind) / width(once)).toBeCloseTo(0.5, 1);
  });
});
