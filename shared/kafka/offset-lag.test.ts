import { expect, it } from 'vitest';
import { offsetLag } from './offset-lag.ts';

it('adds up what each partition holds after the committed offset, or all of it', () => {
  const at = { topic: 'orders', earliest: 2, latest: 10 };
  expect(offsetLag([])).toBe(0);
  expect(
    offsetLag([
      { ...at, partition: 0, committed: 7 },
      { ...at, partition: 1, committed: null },
      { ...at, partition: 2, committed: 10 },
    ]),
  ).toBe(3 + 8);
});
