import { describe, expect, it } from 'vitest';
import { parseRedisUrl } from './redis-online-store-url.ts';

describe('redis url', () => {
  it.each([
    ['redis://127.0.0.1', { name: 'redis://127.0.0.1:6379', nodes: [{ host: '127.0.0.1', port: 6379 }] }],
    ['redis://cache:7000/3', { name: 'redis://cache:7000/3', nodes: [{ host: 'cache', port: 7000 }], db: 3 }],
    ['rediss://cache:6380/', { tls: true, isCluster: false, db: 0 }],
    ['redis://[::1]:6380', { nodes: [{ host: '::1', port: 6380 }] }],
    ['redis://shop:p%40ss%2F@cache', { username: 'shop', password: 'p@ss/', name: 'redis://cache:6379' }],
    ['redis://:secret@cache', { username: null, password: 'secret' }],
    [
      'redis+cluster://a:1,b:2,c',
      {
        isCluster: true,
        tls: false,
        nodes: [
          { host: 'a', port: 1 },
          { host: 'b', port: 2 },
          { host: 'c', port: 6379 },
        ],
      },
    ],
    ['rediss+cluster://u:p@a:1,b:2', { isCluster: true, tls: true, username: 'u', password: 'p' }],
  ])('reads %s', (url, expected) => {
    expect(parseRedisUrl(url)).toMatchObject(expected);
  });

  it.each([
    '',
    'cache:6379',
    'http://cache',
    'redis://',
    'redis://a:1,b:2',
    'redis://cache:0',
    'redis://cache:99999',
    'redis://cache:6379/main',
    'redis://ca che',
    'redis+cluster://a:1,,b:2',
    'redis+cluster://a:1/2',
    'redis://%zz:x@cache',
  ])('refuses %j', (url) => {
    expect(() => parseRedisUrl(url)).toThrow(expect.objectContaining({ code: 'invalid_online_store_url' }));
  });

  it('keeps the password out of messages', () => {
    const thrown = (() => {
      try {
        return parseRedisUrl('redis://shop:secret@cache:99999');
      } catch (error) {
        return String(error);
      }
    })();
    expect(thrown).toContain('99999');
    expect(thrown).not.toContain('secret');
  });
});
