import fc from 'fast-check';
import { expect, it } from 'vitest';
import { applyEdits, type Edit } from './edits.ts';

it('tells where a place of an edited text comes from', () => {
  const { text, originOf } = applyEdits('FROM raw.orders WHERE x', [
    { start: 5, end: 15, text: '"view" AS o' },
    { start: 22, end: 23, text: '' },
  ]);
  expect(text).toBe('FROM "view" AS o WHERE ');
  expect([0, 5, 9, 17, 23].map(originOf)).toEqual([0, 5, 5, 16, 23]);
});

it('leaves every place alone that no edit touches', () => {
  const cuts = fc.uniqueArray(fc.nat(40), { maxLength: 6 }).map((found) => found.toSorted((a, b) => a - b));
  fc.assert(
    fc.property(fc.string({ minLength: 41, maxLength: 60 }), cuts, fc.string(), (original, ends, put) => {
      const edits: Edit[] = [];
      for (let at = 0; at + 1 < ends.length; at += 2)
        edits.push({ start: ends[at]!, end: ends[at + 1]!, text: put });
      const { text, originOf } = applyEdits(original, edits);
      const isEdited = (at: number) => edits.some(({ start, end }) => start <= at && at < end);
      const kept = [...text].length === text.length ? [...original].keys() : [];
      for (const at of kept) {
        if (isEdited(at)) continue;
        const moved =
          at +
          edits
            .filter(({ end }) => end <= at)
            .reduce((sum, { start, end }) => sum + put.length - (end - start), 0);
        expect(text[moved]).toBe(original[at]);
        expect(originOf(moved)).toBe(at);
      }
    }),
  );
});
