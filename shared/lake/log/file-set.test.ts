import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { AddFile } from './actions.ts';
import { FileSet } from './file-set.ts';

const file = (path: string, size = 1): AddFile => ({
  path,
  partitionValues: {},
  size,
  modificationTime: 0,
  dataChange: true,
});

it('holds what a Map would hold, in every version that was derived from any other', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
  const step = fc.record({
    from: fc.nat(),
    added: fc.uniqueArray(fc.record({ name, size: fc.nat() }), { maxLength: 3, selector: (add) => add.name }),
    removed: fc.array(name, { maxLength: 2 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const versions = [{ set: FileSet.of([]), model: new Map<string, number>() }];
      for (const { from, added, removed } of steps) {
        const base = versions[from % versions.length]!;
        const model = new Map(base.model);
        for (const path of removed) model.delete(path);
        for (const add of added) model.set(add.name, add.size);
        const adds = added.map((add) => file(add.name, add.size));
        versions.push({ set: base.set.with(adds, removed), model });
      }
      for (const { set, model } of versions) {
        expect(set.size).toBe(model.size);
        expect(new Map([...set].map((held) => [held.path, held.size]))).toEqual(model);
        for (const path of 'abcdef') expect(set.has(path)).toBe(model.has(path));
      }
    }),
  );
});
