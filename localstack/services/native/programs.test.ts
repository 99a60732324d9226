import { expect, it } from 'vitest';
import { findProgram, javaMajor } from './programs.ts';

it.each([
  ['openjdk version "17.0.15" 2025-04-15', 17],
  ['openjdk version "25" 2025-09-16 LTS', 25],
  ['java version "1.8.0_392"', 8],
  ['openjdk version "24-ea" 2025-03-18', 24],
  ['command not found', 0],
])('reads the major version of java in %j', (printed, major) => {
  expect(javaMajor(printed)).toBe(major);
});

it('finds a program that runs, and none that is not there', async () => {
  expect(await findProgram('node')).toMatch(/\/node$/);
  expect(await findProgram('no-such-program')).toBeNull();
});
