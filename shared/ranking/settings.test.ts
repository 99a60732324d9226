import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS, parseRankingSettings } from './settings.ts';

describe('parseRankingSettings', () => {
  it('reads back what a manifest holds', () => {
    expect(parseRankingSettings(JSON.parse(JSON.stringify(DEFAULT_SETTINGS)))).toEqual(DEFAULT_SETTINGS);
  });

  it.each([
    [null, 'ranking settings must be an object, got null'],
    [{ ...DEFAULT_SETTINGS, popularityDays: 0 }, 'ranking popularityDays must be a number above 0, got 0'],
    [
      { ...DEFAULT_SETTINGS, weights: { rate: 1 } },
      'ranking weights.recency must be a number of at least 0, got undefined',
    ],
    [{ ...DEFAULT_SETTINGS, discoverWeights: [] }, 'ranking discoverWeights must be an object, got []'],
  ])('refuses %j', (json, message) => {
    expect(() => parseRankingSettings(json)).toThrow(message);
  });
});
