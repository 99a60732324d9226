import { appendFileSync } from 'node:fs';
import { recordsOfEvent } from '../../../../shared/kafka/index.ts';

/** Notes the values of an event in `calls/<name>`, and returns them. */
export function noteCalls(name: string, event: unknown): string[] {
  const values = recordsOfEvent(event).map((record) => Buffer.from(record.value ?? []).toString());
  for (const value of values) appendFileSync(`${process.env.FOLDER}/calls/${name}`, `${value}\n`);
  return values;
}
