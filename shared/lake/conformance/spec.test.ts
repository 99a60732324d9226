import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../../..');

interface Invariant {
  readonly number: number;
  /** A file of tests, and what the titles that enforce it say, where it is not the whole file. */
  readonly tests: readonly { readonly file: string; readonly titles: readonly string[] }[];
}

const invariants: readonly Invariant[] = [
  ...readFileSync(join(ROOT, 'shared/lake/SPEC.md'), 'utf8').matchAll(/^\| I(\d+) .*\| *([^|]*?) *\|$/gm),
].map(([, number, tests = '']) => ({
  number: Number(number),
  tests: tests.split('; ').flatMap((test) => {
    const [, file, titles] = /^`([^`]+\.ts)`(?:: (.*))?/.exec(test) ?? [];
    return file === undefined ? [] : [{ file, titles: titles?.replaceAll('`', '').split(', ') ?? [] }];
  }),
}));

const texts = new Map<string, string>();
for (const room of ['shared/lake', 'shared/adapters', 'shared/features', 'localstack']) {
  for (const path of readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' })) {
    if (!/\.(test|contract)\.ts$/.test(path)) continue;
    const text = readFileSync(join(ROOT, room, path), 'utf8');
    for (const name of [path, basename(path), `${room}/${path}`]) {
      texts.set(name, (texts.get(name) ?? '') + text);
    }
  }
}

describe('SPEC.md of the lake', () => {
  it('numbers its invariants without a gap', () => {
    expect(invariants.length).toBeGreaterThan(0);
    expect(invariants.map(({ number }) => number)).toEqual(invariants.map((_, index) => index + 1));
  });

  it.each(invariants)('names tests that there are for invariant $number', ({ tests }) => {
    expect(tests).not.toEqual([]);
    for (const { file, titles } of tests) {
      const text = texts.get(file);
      expect(text, file).toBeDefined();
      for (const title of titles) expect(text, file).toContain(title);
    }
  });
});
