import { describe, expect, it } from 'vitest';
import { parseInsightRequest } from './request.ts';

describe('parseInsightRequest', () => {
  it('has defaults', () => {
    expect(parseInsightRequest('revenue', {})).toEqual({
      view: 'revenue',
      format: 'json',
      days: 30,
      grain: 'day',
      n: 10,
    });
    expect(parseInsightRequest('top-products', { n: '25', format: 'csv' })).toMatchObject({
      n: 25,
      format: 'csv',
    });
  });

  it.each([
    ['revenues', {}, 'view', 'one of revenue, top-products, rfm, recommendations, pipeline'],
    [undefined, {}, 'view', 'one of revenue, top-products, rfm, recommendations, pipeline'],
    ['revenue', { days: '0' }, 'days', 'a whole number from 1 to 366'],
    ['revenue', { days: 'ten' }, 'days', 'a whole number from 1 to 366'],
    ['revenue', { days: '' }, 'days', 'a whole number from 1 to 366'],
    ['revenue', { grain: 'hour' }, 'grain', 'one of day, minute'],
    ['top-products', { n: '1e3' }, 'n', 'a whole number from 1 to 100'],
    ['rfm', { format: 'xlsx' }, 'format', 'one of json, csv'],
    ['rfm', { formt: 'csv' }, 'formt', 'no such parameter; known are format, days, grain, n'],
  ])('%s %j names %s and what was expected', (view, query, field, expected) => {
    expect(() => parseInsightRequest(view, query)).toThrow(
      expect.objectContaining({
        code: 'invalid_request',
        details: { errors: [expect.objectContaining({ field, expected })] },
      }),
    );
  });
});
