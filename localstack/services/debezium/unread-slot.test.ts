import { expect, it } from 'vitest';
import { UnreadSlot } from './unread-slot.ts';

it('asks for a restart of a connector whose slot nobody reads, each time more patiently', () => {
  const slot = new UnreadSlot();
  const restarts: number[] = [];
  for (let second = 0; second <= 300; second++) {
    if (slot.observe(false, second * 1_000) === 'restart') restarts.push(second);
  }
  expect(restarts).toEqual([30, 90, 210]);
});

it('counts from the last moment at which the slot was read', () => {
  const slot = new UnreadSlot();
  expect(slot.observe(false, 0)).toBe('wait');
  expect(slot.observe(true, 29_000)).toBe('fine');
  expect(slot.observe(false, 31_000)).toBe('wait');
  expect(slot.observe(false, 60_999)).toBe('wait');
  expect(slot.observe(false, 61_000)).toBe('restart');
});
