import { setTimeout } from 'node:timers/promises';
import { noteCalls } from '../../note-calls.ts';

let count = 0;

/** Counts its invocations in module state. */
export async function handler(event: unknown) {
  count += 1;
  const values = noteCalls('counted', event);
  if (values.some((value) => value.startsWith('wait'))) await setTimeout(1000);
  console.log(`count ${count}`);
  return { count, greeting: process.env.GREETING };
}
