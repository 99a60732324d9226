import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS, parseRankingSettings } from './settings.ts';

describe('parseRankingSettings', () => {
  it('reads back what a manifest holds', () => {
    expect(parseRankingSettings(JSON.parse(JSON.stringify(DEFAULT_SETTINGS)))).toEqual(DEFAULT_SETTINGS);
  });

  it('takes settings that do not name resting for settings without it', () => {
    const { restGaps, ...others } = { ...DEFAULT_SETTINGS, restGaps: 0.15 };
    expect(parseRankingSettings(others)).toEqual({ ...others, restGaps: 0 });
    expect(parseRankingSettings({ ...others, restGaps })).toEqual({ ...others, restGaps: 0.15 });
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
