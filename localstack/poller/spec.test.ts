import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOM = import.meta.dirname;

interface Rule {
  readonly number: number;
  readonly tests: readonly string[];
}

/** Rules and the files that the table names for them. */
const rules: readonly Rule[] = [
  ...readFileSync(join(ROOM, 'SPEC.md'), 'utf8').matchAll(/^\| (\d+) .*\|(.*)\|$/gm),
].map(([, number, tests]) => ({
  number: Number(number),
  tests: [...tests!.matchAll(/`([^`]+)`/g)].map(([, file]) => file!),
}));

/** Numbers of rules in the titles of the tests, `… (rules 6, 14)`, by file; a contract counts for the file that runs it. */
const claims = new Map<string, Set<number>>();
for (const path of readdirSync(ROOM, { recursive: true, encoding: 'utf8' })) {
  if (!/\.(test|contract)\.ts$/.test(path)) continue;
  const file = path.endsWith('.contract.ts') ? 'destinations.test.ts' : basename(path);
  const titles = readFileSync(join(ROOM, path), 'utf8').matchAll(/\(rules? ([\d, ]+)\)'/g);
  const numbers = [...titles].flatMap(([, list]) => list!.split(',').map(Number));
  claims.set(file, new Set([...(claims.get(file) ?? []), ...numbers]));
}

describe('SPEC.md', () => {
  it('numbers its rules without a gap', () => {
    expect(rules.map(({ number }) => number)).toEqual(rules.map((_, index) => index + 1));
    expect(rules.length).toBeGreaterThan(0);
  });

  it.each(rules)('rule $number is named by a test in each of $tests', ({ number, tests }) => {
    expect(tests.length).toBeGreaterThan(0);
    for (const file of tests)
      expect([file, [...(claims.get(file) ?? [])]]).toEqual([file, expect.arrayContaining([number])]);
  });

  it('has every rule that a test names, with that test', () => {
    const listed = new Set(rules.flatMap(({ number, tests }) => tests.map((file) => `${number} ${file}`)));
    const claimed = [...claims].flatMap(([file, numbers]) =>
      [...numbers].map((number) => `${number} ${file}`),
    );
    expect(claimed.filter((claim) => !listed.has(claim))).toEqual([]);
  });
});
