import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { epochMillis, userId } from '../domain/index.ts';
import { keys } from '../online/index.ts';
import { hashKeys, shardKeys } from './redis-online-store-keys.ts';

const name = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom('{', '}', '%', '7', 'b', ':') }));

describe('Redis keys of the online store', () => {
  it('are the names that other programs rely on', () => {
    for (const key of [
      keys.userInteractions(userId(42)),
      keys.revenue(epochMillis(0), 3),
      keys.recentPopularity,
    ]) {
      expect(hashKeys.hash(key)).toBe(key);
    }
  });

  it('of one hash are those of one hash slot: what is between the first braces is the name of the hash', () => {
    fc.assert(
      fc.property(name, (key) => {
        const hash = hashKeys.hash(key);
        expect(hash).toMatch(/^[^{}]+$/);
        for (const beside of [hashKeys.versions(key), hashKeys.shares(key), hashKeys.loading(key, 'id')]) {
          expect(/\{([^}]*)\}/.exec(beside)?.[1]).toBe(hash);
        }
      }),
    );
  });

  it('of two hashes or shards are never the same', () => {
    const all = (of: string): readonly string[] => [
      ...Object.values(hashKeys).map((nameOf) => nameOf(of, 'id')),
      ...Object.values(shardKeys).map((nameOf) => nameOf(of)),
    ];
    fc.assert(
      fc.property(name, name, (one, other) => {
        expect(new Set([...all(one), ...all(other)]).size).toBe(all(one).length * (one === other ? 1 : 2));
      }),
    );
  });
});
