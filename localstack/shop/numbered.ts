import { isId } from '../../shared/domain/index.ts';

/**
 * Ids for keys in first-seen order: the number that a key itself carries where it is a free id, else the lowest free one.
 */
export function numbered<Id extends number>(
  keys: Iterable<string>,
  numberOf: (key: string) => string,
  brand: (id: number) => Id,
): Map<string, Id> {
  const ids = new Map<string, Id>();
  const taken = new Set<number>();
  const unnumbered: string[] = [];
  for (const key of keys) {
    const text = numberOf(key);
    const own = /^[1-9]\d*$/.test(text) ? Number(text) : Number.NaN;
    if (!isId(own) || taken.has(own)) unnumbered.push(key);
    else {
      taken.add(own);
      ids.set(key, brand(own));
    }
  }
  let next = 1;
  for (const key of unnumbered) {
    while (taken.has(next)) next++;
    ids.set(key, brand(next++));
  }
  return ids;
}
