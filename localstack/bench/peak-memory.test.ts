import { expect, it } from 'vitest';
import { peakMemoryOf, resetPeakMemory } from './peak-memory.ts';

const MEBIBYTE = 2 ** 20;

it('tells the most that was held since it was asked to forget, where the system does', () => {
  resetPeakMemory(process.pid);
  const before = peakMemoryOf(process.pid);
  const held = Buffer.alloc(64 * MEBIBYTE, 1);
  const after = peakMemoryOf(process.pid);
  expect(held.length).toBe(64 * MEBIBYTE);
  if (process.platform !== 'linux') return expect([before, after]).toEqual([null, null]);
  expect(Number(after) - Number(before)).toBeGreaterThan(32 * MEBIBYTE);
});

it('knows nothing of a process that is not there', () => {
  resetPeakMemory(0);
  expect(peakMemoryOf(0)).toBeNull();
});
