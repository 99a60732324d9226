import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escaped, intervalPlot, ticksOf } from './plots.ts';

describe('ticksOf', () => {
  it.each([
    [0, 0.41, [0, 0.1, 0.2, 0.3, 0.4]],
    [-0.02, 0.05, [-0.02, -0.01, 0, 0.01, 0.02, 0.03, 0.04, 0.05]],
    [0, 3_600, [0, 1_000, 2_000, 3_000]],
  ])('has round steps from %d to %d', (low, high, ticks) => {
    expect(ticksOf(low, high)).toEqual(ticks.map((tick) => expect.closeTo(tick, 9)));
  });

  it('never has more than eight, and stays inside', () => {
    const number = fc.double({ min: -1e3, max: 1e3, noNaN: true });
    fc.assert(
      fc.property(number, number, (a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const ticks = ticksOf(low, high);
        expect(ticks.length).toBeLessThanOrEqual(8);
        const slack = 1e-6 * Math.max(1e-9, high - low) + 1e-9;
        for (const tick of ticks) {
          expect(tick).toBeGreaterThanOrEqual(low - slack);
          expect(tick).toBeLessThanOrEqual(high + slack);
        }
      }),
    );
  });
});

describe('intervalPlot', () => {
  const interval = { difference: 0.1, low: -0.1, high: 0.3 };

  it('draws the mean in the middle of its interval, and 0 inside the range', () => {
    const plot = intervalPlot([{ label: 'ours', isOurs: true, interval }], 'leads');
    const [, from, to] = /class="whisker" d="M([\d.]+) 13H([\d.]+)/.exec(plot) ?? [];
    const [, middle] = /class="dot" cx="([\d.]+)"/.exec(plot) ?? [];
    const [, zero] = /class="zero" d="M([\d.]+) /.exec(plot) ?? [];
    expect(Number(middle)).toBeCloseTo((Number(from) + Number(to)) / 2, 0);
    expect(Number(zero)).toBeCloseTo(Number(from) + (Number(to) - Number(from)) / 4, 0);
    expect(plot).toContain('95 % from -0.1000 to 0.3000');
  });

  it('shows names as they are, whatever they hold', () => {
    const plot = intervalPlot([{ label: '<b>&"', isOurs: false, interval }], 'a "plot"');
    expect(plot).not.toContain('<b>');
    expect(plot).toContain('&#60;b&#62;&#38;&#34;');
    expect(escaped("it's")).toBe('it&#39;s');
  });
});
