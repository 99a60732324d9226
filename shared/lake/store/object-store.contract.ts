import { describe, expect, it } from 'vitest';
import { PlatformError } from '../../errors.ts';
import type { ObjectStore } from './object-store.ts';

/** What the lake relies on in any object store. `open` gives a store that no other test writes to. */
export function objectStoreContract(name: string, open: () => Promise<ObjectStore>): void {
  describe(`${name} as object store`, () => {
    it('gives back what was put, and null for what was not', async () => {
      const store = await open();
      await store.put('a/b/c.bin', bytes('payload'));
      expect(text(await store.get('a/b/c.bin'))).toBe('payload');
      expect(await store.get('a/b/other.bin')).toBeNull();
      expect(await store.get('a/b')).toBeNull();
      expect(await store.get('nowhere/at/all')).toBeNull();
    });

    it('replaces by put', async () => {
      const store = await open();
      await store.put('hint', bytes('a longer first version'));
      await store.put('hint', bytes('second'));
      expect(text(await store.get('hint'))).toBe('second');
    });

    it('keeps its own copy of the bytes', async () => {
      const store = await open();
      const given = bytes('before');
      await store.put('copy', given);
      given.fill(0);
      expect(text(await store.get('copy'))).toBe('before');
    });

    it('holds an empty object', async () => {
      const store = await open();
      await store.put('empty', new Uint8Array());
      expect((await store.get('empty'))?.byteLength).toBe(0);
    });

    it('tells exactly one of twenty concurrent writers that it created the object', async () => {
      const store = await open();
      for (let round = 0; round < 5; round++) {
        const writers = Array.from({ length: 20 }, (_, writer) => `writer ${writer} of round ${round}`);
        const outcomes = await Promise.all(
          writers.map((who) => store.putIfAbsent(`race/${round}`, bytes(who))),
        );
        const winners = writers.filter((_, index) => outcomes[index] === 'created');
        expect(winners).toHaveLength(1);
        expect(text(await store.get(`race/${round}`))).toBe(winners[0]);
      }
    });

    it('leaves what exists as it is', async () => {
      const store = await open();
      expect(await store.putIfAbsent('log/0', bytes('first'))).toBe('created');
      expect(await store.putIfAbsent('log/0', bytes('second'))).toBe('exists');
      expect(text(await store.get('log/0'))).toBe('first');
    });

    it('lists at once what was put, in path order, by prefix and after a path', async () => {
      const store = await open();
      for (const path of ['t/b', 't/a/2', 't/a/10', 't-other/x', 't/a/1']) await store.put(path, bytes(path));
      await store.putIfAbsent('t/c', bytes('linked'));
      const listed = async (prefix: string, after?: string) =>
        (await store.list(prefix, after)).map((object) => object.path);
      expect(await listed('t/')).toEqual(['t/a/1', 't/a/10', 't/a/2', 't/b', 't/c']);
      expect(await listed('t/a/1')).toEqual(['t/a/1', 't/a/10']);
      expect(await listed('t/', 't/a/2')).toEqual(['t/b', 't/c']);
      expect(await listed('none/')).toEqual([]);
      expect(await listed('')).toEqual(['t-other/x', 't/a/1', 't/a/10', 't/a/2', 't/b', 't/c']);
      const [object] = await store.list('t/a/10');
      expect(object?.size).toBe('t/a/10'.length);
      expect(Number.isInteger(object?.modifiedAt)).toBe(true);
    });

    it('orders paths by their UTF-8 bytes, and starts after a path by that order', async () => {
      const store = await open();
      // UTF-16 units would put the emoji before U+E000.
      const paths = ['o/A', 'o/a b', 'o/a%20b', 'o/a+b', 'o/a/b', 'o/a0', 'o/\u{e000}', 'o/\u{1f600}'];
      for (const path of paths.toReversed()) await store.put(path, bytes(path));
      for (let skipped = 0; skipped <= paths.length; skipped++) {
        const listed = await store.list('o/', skipped === 0 ? undefined : paths[skipped - 1]);
        expect(listed.map((object) => object.path)).toEqual(paths.slice(skipped));
      }
    });

    it('takes a start before its prefix for none, and one behind it for the end', async () => {
      const store = await open();
      for (const path of ['m/1', 'm/2']) await store.put(path, bytes(path));
      const listed = async (after: string) => (await store.list('m/', after)).map((object) => object.path);
      expect(await listed('a')).toEqual(['m/1', 'm/2']);
      expect(await listed('m')).toEqual(['m/1', 'm/2']);
      expect(await listed('m/')).toEqual(['m/1', 'm/2']);
      expect(await listed('m0')).toEqual([]);
      expect(await listed('z')).toEqual([]);
    });

    it('forgets what was deleted, and does not mind what was never there', async () => {
      const store = await open();
      await store.put('x/y', bytes('1'));
      await store.delete('x/y');
      await store.delete('x/y');
      expect(await store.get('x/y')).toBeNull();
      expect(await store.list('x/')).toEqual([]);
      expect(await store.putIfAbsent('x/y', bytes('2'))).toBe('created');
    });

    it.each([
      'with space',
      'ünïcödé-😀',
      'percent%20sign',
      'a=b/c=d',
      '+plus',
      'quote"and\'s',
      '#hash?query',
      'control\u0001character',
      '&amp;<xml>',
      '*star;semicolon',
      '~tilde',
    ])('takes the key %s as it is', async (key) => {
      const store = await open();
      expect(await store.putIfAbsent(`odd/${key}`, bytes(key))).toBe('created');
      expect(text(await store.get(`odd/${key}`))).toBe(key);
      expect((await store.list('odd/')).map((object) => object.path)).toEqual([`odd/${key}`]);
    });

    it.each(['../x', 'a/../../x', 'a/./b', '/etc/x', 'a//b', '', 'a\0b', 'a\\b', '..'])(
      'refuses the path %j',
      async (path) => {
        const store = await open();
        await expect(store.put(path, bytes('x'))).rejects.toMatchObject({ code: 'lake_path_invalid' });
        await expect(store.putIfAbsent(path, bytes('x'))).rejects.toBeInstanceOf(PlatformError);
        await expect(store.get(path)).rejects.toBeInstanceOf(PlatformError);
        await expect(store.delete(path)).rejects.toBeInstanceOf(PlatformError);
      },
    );
  });
}

function bytes(content: string): Uint8Array {
  return new TextEncoder().encode(content);
}

function text(content: Uint8Array | null): string | null {
  return content === null ? null : new TextDecoder().decode(content);
}
