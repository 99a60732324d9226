import { describe, expect, it } from 'vitest';
import { parseRecommendRequest } from './request.ts';

const request = (userId: string, query: Record<string, string> = {}) =>
  parseRecommendRequest({ path: `/v1/recommendations/${userId}`, pathParameters: { userId }, query });

describe('parseRecommendRequest', () => {
  it('gives ten for-you items of any category where nothing else is asked', () => {
    expect(request('42')).toEqual({ userId: 42, n: 10, shelf: 'for-you', exclude: [], explain: false });
  });

  it('takes every field, up to its bound', () => {
    expect(
      request('2147483647', {
        n: '100',
        shelf: 'buy-again',
        category: 'Tea',
        exclude: '17,42',
        explain: 'true',
      }),
    ).toEqual({
      userId: 2_147_483_647,
      n: 100,
      shelf: 'buy-again',
      category: 'Tea',
      exclude: [17, 42],
      explain: true,
    });
  });

  it.each<[string, Record<string, string>, string]>([
    ['0', {}, 'userId'],
    ['2147483648', {}, 'userId'],
    ['abc', {}, 'userId'],
    ['42', { n: '0' }, 'n'],
    ['42', { n: '101' }, 'n'],
    ['42', { n: 'abc' }, 'n'],
    ['42', { shelf: 'trending' }, 'shelf'],
    ['42', { category: '' }, 'category'],
    ['42', { exclude: '1,a' }, 'exclude'],
    ['42', { exclude: '' }, 'exclude'],
    ['42', { explain: 'yes' }, 'explain'],
    ['42', { limit: '5' }, 'limit'],
    ['42', { userId: '7' }, 'userId'],
  ])('refuses user %s with %j, naming the field', (userId, query, field) => {
    expect(() => request(userId, query)).toThrow(
      expect.objectContaining({
        code: 'invalid_request',
        details: { errors: [expect.objectContaining({ field })] },
      }),
    );
  });

  it('bounds what may be long', () => {
    const ids = (count: number) => Array(count).fill('1').join(',');
    expect(request('42', { category: 'x'.repeat(200), exclude: ids(1000) }).exclude).toHaveLength(1000);
    expect(() => request('42', { category: 'x'.repeat(201) })).toThrow('category: at most 200 characters');
    expect(() => request('42', { exclude: ids(1001) })).toThrow('exclude: at most 1000 product ids');
  });

  it('names an excluded product that is no id by its place', () => {
    expect(() => request('42', { exclude: '1,0' })).toThrow(
      expect.objectContaining({ details: { errors: [expect.objectContaining({ field: 'exclude.1' })] } }),
    );
  });

  it('takes the basket with its shelf, and neither without the other', () => {
    expect(request('42', { shelf: 'basket', basket: '17,42' })).toMatchObject({
      shelf: 'basket',
      basket: [17, 42],
    });
    const ids = Array(101).fill('1').join(',');
    for (const query of [{ shelf: 'basket' }, { basket: '17' }, { shelf: 'basket', basket: '' }])
      expect(() => request('42', query)).toThrow(/^basket: /);
    expect(() => request('42', { shelf: 'basket', basket: ids })).toThrow('basket: at most 100 product ids');
  });

  it.each(['similar', 'bought-together'])('knows the shelf %s of a product by its path', (shelf) => {
    const ask = (id: string, query: Record<string, string> = {}) =>
      parseRecommendRequest({
        path: `/v1/products/${id}/${shelf}`,
        pathParameters: { productId: id },
        query,
      });
    expect(ask('17', { n: '3', category: 'Tea', exclude: '5' })).toEqual({
      shelf,
      productId: 17,
      n: 3,
      category: 'Tea',
      exclude: [5],
      explain: false,
    });
    expect(() => ask('tea')).toThrow('productId: an integer from 1 to 2147483647');
    expect(() => ask('17', { shelf })).toThrow(/^shelf: /);
  });

  it('knows what trends by its path, and refuses a path that it does not know', () => {
    const ask = (path: string, query: Record<string, string> = {}, pathParameters = {}) =>
      parseRecommendRequest({ path, pathParameters, query });
    expect(ask('/v1/trending', { category: 'Tea' })).toEqual({
      shelf: 'trending',
      n: 10,
      category: 'Tea',
      exclude: [],
      explain: false,
    });
    expect(() => ask('/v1/trending', { basket: '1' })).toThrow(/^basket: /);
    for (const unknown of [
      ask.bind(null, '/v1/popular'),
      () => ask('/v1/products/1/twins', {}, { productId: '1' }),
    ])
      expect(unknown).toThrow(expect.objectContaining({ code: 'not_found' }));
  });
});
