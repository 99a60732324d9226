import { expect, it } from 'vitest';
import { undoAll } from './undo.ts';

it('takes every step, newest first, and tells of those that failed', async () => {
  const taken: string[] = [];
  const failing = async () => {
    throw new Error('the poller is gone');
  };
  const undo = [() => taken.push('event log'), failing, () => taken.push('state')];
  await expect(undoAll(undo)).rejects.toThrow('the poller is gone');
  expect(taken).toEqual(['state', 'event log']);
  await undoAll(undo);
  expect(taken).toHaveLength(2);
});
