import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OnlineStore } from './online-store.ts';
import { describeSeveralHandles } from './online-store-handles.contract.ts';
import { fact, newestFields, put, readFrom, shuffledBatches, sums } from './online-store-model.ts';

export interface OnlineStoreUnderTest {
  /** Another handle on the same store, as another thread or process would open it. */
  open(): Promise<OnlineStore>;
  /** Removes the store and what it left behind; all handles are closed by then. */
  dispose(): Promise<void>;
}

const RUNS = { numRuns: 30 };

/** What every adapter of the OnlineStore port promises. `create` makes an empty store. */
export function describeOnlineStore(name: string, create: () => Promise<OnlineStoreUnderTest>): void {
  describe(`online store: ${name}`, () => {
    let underTest: OnlineStoreUnderTest;
    let handles: OnlineStore[];
    let store: OnlineStore;
    let unique = 0;

    const open = async (): Promise<OnlineStore> => {
      const handle = await underTest.open();
      handles.push(handle);
      return handle;
    };
    const fresh = (what: string): string => {
      unique += 1;
      return `${what}:${unique}`;
    };
    const readOne = (key: string) => readFrom(store, key);

    beforeEach(async () => {
      underTest = await create();
      handles = [];
      store = await open();
    });
    afterEach(async () => {
      for (const handle of handles) await handle.close();
      await underTest.dispose();
    });

    describe('read', () => {
      it('answers in the order asked, missing keys as empty hashes, a repeated key twice', async () => {
        await store.putFields([put('a', 'x', 1n, '1'), put('b', 'x', 1n, '2')]);
        const hashes = await store.read(['b', 'missing', 'a', 'b']);
        expect(hashes.map((hash) => Object.fromEntries(hash))).toEqual([
          { x: '2' },
          {},
          { x: '1' },
          { x: '2' },
        ]);
      });

      it('answers no key with no hash', async () => {
        expect(await store.read([])).toEqual([]);
      });

      it('answers single fields in the order asked, with null for what is missing or was removed', async () => {
        await store.putFields([put('a', 'x', 1n, '1'), put('a', 'y', 1n, '2'), put('b', 'x', 1n, '3')]);
        await store.putFields([put('a', 'y', 2n, null)]);
        await store.replace([['bulk', new Map([['z', 'loaded']])]]);
        const field = (key: string, name: string) => ({ key, field: name });
        expect(
          await store.readFields([
            field('b', 'x'),
            field('a', 'y'),
            field('a', 'x'),
            field('missing', 'x'),
            field('b', 'y'),
            field('bulk', 'z'),
            field('b', 'x'),
          ]),
        ).toEqual(['3', null, '1', null, null, 'loaded', '3']);
        expect(await store.readFields([])).toEqual([]);
      });

      it('keeps a key apart from the keys that begin with it', async () => {
        await store.putFields([put('user:1', '23:x', 1n, 'short'), put('user:12', '3:x', 1n, 'long')]);
        expect(await readOne('user:1')).toEqual({ '23:x': 'short' });
        expect(await readOne('user:12')).toEqual({ '3:x': 'long' });
      });

      it('returns any key, field and value as written', async () => {
        const text = fc.string({ unit: 'binary', maxLength: 40 });
        await fc.assert(
          fc.asyncProperty(text, text, text, async (odd, field, value) => {
            const key = `${fresh('odd')}${odd}`;
            await store.putFields([put(key, field, 1n, value)]);
            expect([...(await store.read([key]))[0]!]).toEqual([[field, value]]);
          }),
          RUNS,
        );
      });

      it('takes an empty key and an empty field', async () => {
        await store.putFields([put('', '', 1n, 'nothing'), put('', 'f', 1n, '')]);
        expect(await readOne('')).toEqual({ '': 'nothing', f: '' });
      });

      it('returns a hash of 8,000 fields whole', async () => {
        const fields = Array.from({ length: 8_000 }, (_, i) => put('heavy', `f${i}`, 1n, `value ${i}`));
        await store.putFields(fields);
        const [hash] = await store.read(['heavy']);
        expect(hash?.size).toBe(8_000);
        expect(hash?.get('f7999')).toBe('value 7999');
      });
    });

    describe('putFields', () => {
      it('lets the highest version win, whenever it arrives', async () => {
        await store.putFields([put('k', 'f', 5n, 'five')]);
        await store.putFields([put('k', 'f', 4n, 'four')]);
        expect(await readOne('k')).toEqual({ f: 'five' });
        await store.putFields([put('k', 'f', 6n, 'six')]);
        expect(await readOne('k')).toEqual({ f: 'six' });
      });

      it('ignores a write at the stored version', async () => {
        await store.putFields([put('k', 'f', 5n, 'first')]);
        await store.putFields([put('k', 'f', 5n, 'second')]);
        expect(await readOne('k')).toEqual({ f: 'first' });
      });

      it('remembers a removal, so an older write cannot bring the field back', async () => {
        await store.putFields([put('k', 'f', 3n, null)]);
        await store.putFields([put('k', 'f', 2n, 'older'), put('k', 'g', 2n, 'other')]);
        expect(await readOne('k')).toEqual({ g: 'other' });
        await store.putFields([put('k', 'f', 4n, 'newer')]);
        expect(await readOne('k')).toEqual({ f: 'newer', g: 'other' });
      });

      it('compares versions beyond 64 bits', async () => {
        const lsn = 2n ** 64n;
        await store.putFields([put('k', 'f', lsn * 2n + 1n, 'streamed')]);
        await store.putFields([put('k', 'f', lsn * 2n, 'snapshot')]);
        expect(await readOne('k')).toEqual({ f: 'streamed' });
      });

      it('refuses a negative version before it writes anything', async () => {
        const writes = [put('k', 'f', 1n, 'x'), put('k', 'g', -1n, 'y')];
        await expect(store.putFields(writes)).rejects.toMatchObject({ code: 'invalid_version' });
        expect(await readOne('k')).toEqual({});
      });

      it('does nothing with no writes', async () => {
        await store.putFields([]);
        expect(await readOne('k')).toEqual({});
      });

      it('leaves the same state for any order, split and repetition of the writes', async () => {
        await fc.assert(
          fc.asyncProperty(
            fc.array(fc.tuple(fc.nat(3), fc.bigInt(0n, 5n)), { maxLength: 25 }),
            fc.infiniteStream(fc.nat()),
            async (picks, seeds) => {
              const key = fresh('replay');
              // One version of one field is one change of one row, so it has one value.
              const writes = picks.map(([field, version]) =>
                put(key, `f${field}`, version, version % 3n === 0n ? null : `f${field}@${version}`),
              );
              for (const batch of shuffledBatches([...writes, ...writes], seeds))
                await store.putFields(batch);
              expect(await readOne(key)).toEqual(newestFields(writes));
            },
          ),
          RUNS,
        );
      });
    });

    describe('contribute', () => {
      it('sums the facts of a window', async () => {
        await store.contribute('s', [
          fact('1', 1n, [['w', 'cents', 250n]]),
          fact('2', 1n, [['w', 'cents', 125n]]),
        ]);
        expect(await readOne('w')).toEqual({ cents: '375' });
      });

      it('replaces what a fact contributed: a correction counts the difference, a cancellation subtracts', async () => {
        await store.contribute('s', [
          fact('1', 1n, [['w', 'cents', 250n]]),
          fact('2', 1n, [['w', 'cents', 100n]]),
        ]);
        await store.contribute('s', [fact('1', 2n, [['w', 'cents', 300n]])]);
        expect(await readOne('w')).toEqual({ cents: '400' });
        await store.contribute('s', [fact('1', 3n, [])]);
        expect(await readOne('w')).toEqual({ cents: '100' });
      });

      it('moves a fact from window to window', async () => {
        await store.contribute('s', [fact('1', 1n, [['w1', 'orders', 1n]])]);
        await store.contribute('s', [fact('1', 2n, [['w2', 'orders', 1n]])]);
        expect(await readOne('w1')).toEqual({});
        expect(await readOne('w2')).toEqual({ orders: '1' });
      });

      it('shows no field for a sum of zero, however it came about', async () => {
        await store.contribute('s', [
          fact('1', 1n, [['w', 'cents', 5n]]),
          fact('2', 1n, [['w', 'cents', -5n]]),
        ]);
        expect(await readOne('w')).toEqual({});
      });

      it('ignores a fact at or below its stored version', async () => {
        await store.contribute('s', [fact('1', 2n, [['w', 'cents', 5n]])]);
        await store.contribute('s', [
          fact('1', 2n, [['w', 'cents', 7n]]),
          fact('1', 1n, [['w', 'cents', 9n]]),
        ]);
        expect(await readOne('w')).toEqual({ cents: '5' });
      });

      it('keeps the facts of shards apart', async () => {
        await store.contribute('s1', [fact('1', 1n, [['w', 'orders', 1n]])]);
        await store.contribute('s2', [fact('1', 1n, [['w', 'orders', 1n]])]);
        expect(await readOne('w')).toEqual({ orders: '2' });
      });

      it('sums exactly beyond 2^53', async () => {
        await store.contribute('s', [
          fact('1', 1n, [['w', 'cents', 2n ** 60n]]),
          fact('2', 1n, [['w', 'cents', 1n]]),
        ]);
        expect(await readOne('w')).toEqual({ cents: (2n ** 60n + 1n).toString() });
        await store.contribute('s', [fact('3', 1n, [['w', 'cents', -(2n ** 70n)]])]);
        await store.contribute('s', [fact('4', 1n, [['w', 'cents', 2n ** 70n - 2n ** 60n]])]);
        expect(await readOne('w')).toEqual({ cents: '1' });
      });

      it('takes any shard, fact, window and field as written', async () => {
        const text = fc.string({ unit: 'binary', maxLength: 40 });
        await fc.assert(
          fc.asyncProperty(text, text, text, text, async (shard, id, odd, field) => {
            const key = `${fresh('odd window')}${odd}`;
            await store.contribute(`${key}${shard}`, [fact(id, 1n, [[key, field, 2n]])]);
            await store.contribute(`${key}${shard}`, [fact(id, 2n, [[key, field, 3n]])]);
            expect(await readOne(key)).toEqual({ [field]: '3' });
          }),
          RUNS,
        );
      });

      it('takes more facts and windows than fit one transaction', async () => {
        const facts = Array.from({ length: 2_500 }, (_, i) =>
          fact(`${i}`, 1n, [
            [`many:${i % 1_200}`, 'orders', 1n],
            ['all', 'orders', 1n],
          ]),
        );
        await store.contribute('s', facts);
        const windows = ['all', 'many:0', 'many:1199'];
        const read = await store.read(windows);
        expect(read.map((hash) => hash.get('orders'))).toEqual(['2500', '3', '2']);
      });

      it('leaves the same sums for any order, split and repetition of the facts', async () => {
        const amounts = fc.array(fc.tuple(fc.nat(2), fc.nat(1), fc.bigInt(-5n, 5n)), { maxLength: 3 });
        await fc.assert(
          fc.asyncProperty(
            fc.array(fc.array(amounts, { minLength: 1, maxLength: 4 }), { maxLength: 5 }),
            fc.infiniteStream(fc.nat()),
            async (histories, seeds) => {
              const window = fresh('window');
              const facts = histories.flatMap((history, id) =>
                history.map((adds, version) =>
                  fact(
                    `${window}/${id}`,
                    BigInt(version),
                    adds.map(([w, field, amount]) => [`${window}/${w}`, `f${field}`, amount] as const),
                  ),
                ),
              );
              for (const batch of shuffledBatches([...facts, ...facts], seeds))
                await store.contribute('s', batch);
              const seen = await store.read([0, 1, 2].map((w) => `${window}/${w}`));
              const newest = histories.map((history) => history.at(-1) ?? []);
              expect(seen.map((hash) => Object.fromEntries(hash))).toEqual(
                [0, 1, 2].map((w) => sums(newest, w)),
              );
            },
          ),
          RUNS,
        );
      });
    });

    describe('replace', () => {
      it('replaces whole hashes and leaves others alone', async () => {
        await store.replace([
          [
            'a',
            new Map([
              ['x', '1'],
              ['y', '2'],
            ]),
          ],
          ['b', new Map([['x', '3']])],
        ]);
        await store.replace([
          [
            'a',
            new Map([
              ['y', '4'],
              ['z', '5'],
            ]),
          ],
        ]);
        expect(await readOne('a')).toEqual({ y: '4', z: '5' });
        expect(await readOne('b')).toEqual({ x: '3' });
      });

      it('removes a hash that is replaced by an empty one', async () => {
        await store.replace([['a', new Map([['x', '1']])]]);
        await store.replace([['a', new Map()]]);
        expect(await readOne('a')).toEqual({});
      });

      it('replaces a hash of 12,000 fields at once: a reader sees one or the other', async () => {
        const large = (text: string) =>
          new Map(Array.from({ length: 12_000 }, (_, i) => [`${text}${i}`, text] as const));
        await store.replace([['a', large('old')]]);
        let isDone = false;
        const replacing = store.replace([['a', large('new')]]).finally(() => {
          isDone = true;
        });
        while (!isDone) {
          const [seen] = await store.read(['a']);
          expect(seen?.size).toBe(12_000);
          expect(new Set(seen?.values()).size).toBe(1);
          await turnOfTheLoop();
        }
        await replacing;
        expect((await store.read(['a']))[0]).toEqual(large('new'));
      });

      it('keeps the last of several hashes given for one key', async () => {
        const large = new Map(Array.from({ length: 6_000 }, (_, i) => [`f${i}`, 'x'] as const));
        const small = new Map([['x', '1']]);
        await store.replace([
          ['a', large],
          ['a', small],
          ['b', small],
          ['b', large],
        ]);
        const [a, b] = await store.read(['a', 'b']);
        expect([a?.size, b?.size]).toEqual([1, 6_000]);
      });

      it('takes a generator of more hashes than fit one transaction', async () => {
        function* hashes(): Generator<readonly [string, Map<string, string>]> {
          for (let i = 0; i < 4_000; i += 1)
            yield [
              `bulk:${i}`,
              new Map([
                ['a', `${i}`],
                ['b', `${-i}`],
              ]),
            ];
        }
        await store.replace(hashes());
        const read = await store.read(['bulk:0', 'bulk:3999']);
        expect(read.map((hash) => hash.get('a'))).toEqual(['0', '3999']);
      });
    });

    describeSeveralHandles(() => store, open);

    it('can be closed twice, and refuses work afterwards', async () => {
      await store.close();
      await store.close();
      await expect(store.read(['k'])).rejects.toMatchObject({ code: 'online_store_closed' });
      await expect(store.readFields([{ key: 'k', field: 'x' }])).rejects.toMatchObject({
        code: 'online_store_closed',
      });
    });
  });
}
