import type { Contribution, FieldWrite, OnlineStore } from './online-store.ts';

// For the contract suite: short ways to write, and the state that any order of writes must lead to.

export function put(key: string, field: string, version: bigint, value: string | null): FieldWrite {
  return { key, field, version, value };
}

export function fact(
  id: string,
  version: bigint,
  adds: readonly (readonly [key: string, field: string, amount: bigint])[],
): Contribution {
  return { fact: id, version, adds: adds.map(([key, field, amount]) => ({ key, field, amount })) };
}

/** The fields that are there after all writes, in whatever order they came. */
export function newestFields(writes: readonly FieldWrite[]): Record<string, string> {
  const newest = new Map<string, FieldWrite>();
  for (const write of writes) {
    const known = newest.get(write.field);
    if (known === undefined || write.version > known.version) newest.set(write.field, write);
  }
  return Object.fromEntries(
    [...newest.values()].flatMap(({ field, value }) => (value === null ? [] : [[field, value]])),
  );
}

export function sums(
  facts: readonly (readonly (readonly [window: number, field: number, amount: bigint])[])[],
  window: number,
): Record<string, string> {
  const totals = new Map<string, bigint>();
  for (const [at, field, amount] of facts.flat()) {
    if (at === window) totals.set(`f${field}`, (totals.get(`f${field}`) ?? 0n) + amount);
  }
  return Object.fromEntries(
    [...totals].filter(([, total]) => total !== 0n).map(([field, total]) => [field, total.toString()]),
  );
}

/** A random order of the items, cut into batches of 1 to 4. */
export function shuffledBatches<T>(items: readonly T[], seeds: Iterator<number>): T[][] {
  const next = (below: number): number => (seeds.next().value as number) % below;
  const rest = [...items];
  const batches: T[][] = [];
  while (rest.length > 0) {
    const size = Math.min(rest.length, 1 + next(4));
    batches.push(Array.from({ length: size }, () => rest.splice(next(rest.length), 1)[0] as T));
  }
  return batches;
}

export async function readFrom(store: OnlineStore, key: string): Promise<Record<string, string>> {
  const [hash] = await store.read([key]);
  return Object.fromEntries(hash ?? []);
}
