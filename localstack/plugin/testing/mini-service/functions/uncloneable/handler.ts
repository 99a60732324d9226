import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { noteCalls } from '../../note-calls.ts';

/** Ends its thread in the first invocation for each value: by its result, or by a rejection that nobody awaits. */
export async function handler(event: unknown) {
  const [value] = noteCalls('uncloneable', event);
  const calls = readFileSync(`${process.env.FOLDER}/calls/uncloneable`, 'utf8').trim().split('\n');
  if (calls.filter((call) => call === value).length > 1) return {};
  if (value !== 'stray') return { notCloneable: () => value };
  void Promise.reject(new Error('stray rejection'));
  await setTimeout(600_000);
}
