import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnChart, niceCeiling } from './charts.ts';

describe('niceCeiling', () => {
  it.each([
    [0, 1],
    [0.7, 0.8],
    [1, 1],
    [3, 4],
    [2830, 4000],
    [9999, 10_000],
  ])('puts %d under %d', (value, ceiling) => {
    expect(niceCeiling(value)).toBeCloseTo(ceiling, 10);
  });

  it('is never below the value, nor more than about twice it', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-3, max: 1e12, noNaN: true }), (value) => {
        const ceiling = niceCeiling(value);
        expect(ceiling).toBeGreaterThanOrEqual(value * (1 - 1e-8));
        expect(ceiling).toBeLessThanOrEqual(value * 2 * (1 + 1e-8));
      }),
    );
  });
});

describe('columnChart', () => {
  const heights = (svg: string) =>
    [...svg.matchAll(/class="bar[^>]* height="([\d.]+)"/g)].map((match) => Number(match[1]));

  it('draws columns in proportion, and nothing below the axis', () => {
    const columns = [0, 50, 100, -20].map((value, index) => ({ label: `${index}`, value, tip: `${value}` }));
    const [zero, half, full, negative] = heights(columnChart(columns, { title: 't', labels: 4 }).text);
    expect(half! * 2).toBeCloseTo(full!, 1);
    expect([zero, negative]).toEqual([0, 0]);
  });

  it('escapes what it is told', () => {
    const svg = columnChart([{ label: '<b>', value: 1, tip: '"&' }], { title: "it's", labels: 1 }).text;
    expect(svg).toContain('&lt;b&gt;');
    expect(svg).toContain('<title>&quot;&amp;</title>');
    expect(svg).toContain('aria-label="it&#39;s"');
  });
});
