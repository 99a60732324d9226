import { beforeEach, describe, expect, it } from 'vitest';
import type { OnlineStore } from './online-store.ts';
import { fact, put, readFrom } from './online-store-model.ts';

/** Part of the contract: what writers and readers on several handles of one store see of each other. */
export function describeSeveralHandles(first: () => OnlineStore, open: () => Promise<OnlineStore>): void {
  describe('several handles', () => {
    let store: OnlineStore;
    beforeEach(() => {
      store = first();
    });

    it('shows a write to another handle as soon as it resolved', async () => {
      const other = await open();
      for (let i = 1; i <= 50; i += 1) {
        await store.putFields([put('shared', 'f', BigInt(i), `${i}`)]);
        expect(await readFrom(other, 'shared')).toEqual({ f: `${i}` });
      }
    });

    it('loses nothing when two handles contribute and put at once', async () => {
      const writers = [store, await open()];
      await Promise.all(
        Array.from({ length: 100 }, async (_, i) => {
          const writer = writers[i % 2]!;
          await writer.contribute(`s${i % 2}`, [fact(`${i}`, 1n, [['w', 'orders', 1n]])]);
          await writer.putFields([put('fields', `f${i}`, 1n, `${i}`)]);
        }),
      );
      expect(await readFrom(store, 'w')).toEqual({ orders: '100' });
      expect(Object.keys(await readFrom(store, 'fields'))).toHaveLength(100);
    });

    it('counts a fact once when two handles deliver it at once', async () => {
      const writers = [store, await open()];
      const once = fact('1', 1n, [['w', 'orders', 1n]]);
      await Promise.all(Array.from({ length: 20 }, (_, i) => writers[i % 2]!.contribute('s', [once])));
      expect(await readFrom(store, 'w')).toEqual({ orders: '1' });
    });

    it('keeps everything, versions included, when the store is opened again', async () => {
      await store.putFields([put('k', 'f', 5n, 'five'), put('k', 'gone', 5n, null)]);
      await store.contribute('s', [fact('1', 5n, [['w', 'cents', 5n]])]);
      await store.replace([['bulk', new Map([['x', '1']])]]);
      await store.close();
      const reopened = await open();
      await reopened.putFields([put('k', 'f', 4n, 'four'), put('k', 'gone', 4n, 'back')]);
      await reopened.contribute('s', [fact('1', 4n, [['w', 'cents', 9n]])]);
      const read = await reopened.read(['k', 'w', 'bulk']);
      expect(read.map((hash) => Object.fromEntries(hash))).toEqual([
        { f: 'five' },
        { cents: '5' },
        { x: '1' },
      ]);
    });
  });
}
