import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { noteCalls } from '../../note-calls.ts';

/** Hangs at its first record, in the first invocation only. */
export async function handler(event: unknown) {
  noteCalls('slow', event);
  const calls = readFileSync(`${process.env.FOLDER}/calls/slow`, 'utf8').trim().split('\n').length;
  if (calls === 1) await setTimeout(600_000);
}
