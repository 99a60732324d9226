import { noteCalls } from '../../note-calls.ts';

export async function handler(event: unknown) {
  noteCalls('failing', event);
  throw new TypeError('cannot parse');
}
