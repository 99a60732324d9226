import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recordsOfEvent, toLambdaEvent } from './lambda-event.ts';
import type { KafkaRecord } from './record.ts';
import { anyRecord } from './testing-records.ts';

const golden = new URL('./golden/', import.meta.url);
const names = readdirSync(golden)
  .filter((file) => file.endsWith('.event.json'))
  .map((file) => file.replace('.event.json', ''));

describe('recordsOfEvent', () => {
  it.each(names)('reads the golden event %s', (name) => {
    const event = readGolden(`${name}.event.json`);
    expect(recordsOfEvent(event).map(readable)).toEqual(readGolden(`${name}.records.json`));
  });

  it.each([
    ['nothing', undefined, 'records must be an object'],
    ['no record lists', { records: [] }, 'records must be an object'],
    ['a list that is none', { records: { 'a-0': {} } }, 'records.a-0 must be a list'],
    [
      'an offset as text',
      { records: { 'a-0': [{ topic: 'a', partition: 0, offset: '1' }] } },
      'offset must be',
    ],
    [
      'a value that is no text',
      { records: { 'a-0': [{ topic: 'a', partition: 0, offset: 1, timestamp: 1, value: 5 }] } },
      'records.a-0[0].value must be base64 text, got 5',
    ],
    [
      'a header byte out of range',
      {
        records: { 'a-0': [{ topic: 'a', partition: 0, offset: 1, timestamp: 1, headers: [{ h: [256] }] }] },
      },
      'records.a-0[0].headers[0].h must be numbers from -128 to 255',
    ],
  ])('refuses %s and names the field', (_, event, message) => {
    expect(() => recordsOfEvent(event)).toThrow(message);
  });
});

describe('toLambdaEvent', () => {
  const source = { eventSource: 'SelfManagedKafka', bootstrapServers: 'a:9092' } as const;

  it('survives JSON and back for any records', () => {
    fc.assert(
      fc.property(fc.array(anyRecord, { maxLength: 6 }), (records) => {
        const event: unknown = JSON.parse(JSON.stringify(toLambdaEvent(source, records)));
        expect(inOrder(recordsOfEvent(event).map(readable))).toEqual(inOrder(records.map(readable)));
      }),
      { numRuns: 500 },
    );
  });

  it('names equal headers by one object, which a message to a thread carries once, and keeps others apart', () => {
    const record = (offset: number, key: string, value: string) =>
      ({
        ...{ topic: 't', partition: 0, offset, timestamp: 5, key: null, value: null },
        headers: [[key, Buffer.from(value)]],
      }) as unknown as KafkaRecord;
    const records = [record(1, 'a', '12'), record(2, 'a', '12'), record(3, 'a1', '2'), record(4, 'a', '13')];
    const cloned = structuredClone(toLambdaEvent(source, records));
    const headers = cloned.records['t-0']!.map((made) => made.headers[0]);
    expect(headers).toEqual([{ a: [49, 50] }, { a: [49, 50] }, { a1: [50] }, { a: [49, 51] }]);
    expect(headers[1]).toBe(headers[0]);
    expect(recordsOfEvent(cloned).map(readable)).toEqual(records.map(readable));
  });

  it('leaves key and value out where the record has none', () => {
    const tombstone = {
      topic: 't',
      partition: 0,
      offset: 1,
      timestamp: 5,
      key: null,
      value: null,
      headers: [],
    };
    const event = toLambdaEvent(source, [tombstone as unknown as KafkaRecord]);
    expect(event.records['t-0']).toEqual([
      { topic: 't', partition: 0, offset: 1, timestamp: 5, timestampType: 'CREATE_TIME', headers: [] },
    ]);
  });
});

function readGolden(file: string): unknown {
  return JSON.parse(readFileSync(new URL(file, golden), 'utf8'));
}

function readable(record: KafkaRecord) {
  const hex = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes).toString('hex'));
  return {
    ...record,
    key: hex(record.key),
    value: hex(record.value),
    headers: record.headers.map(([key, value]) => [key, hex(value)]),
  };
}

/** An event groups by partition, so only the order within a partition is kept; a stable sort compares just that. */
function inOrder<T extends { topic: string; partition: number }>(records: readonly T[]): T[] {
  const name = (record: T) => `${record.topic}-${record.partition}`;
  return [...records].sort((a, b) => (name(a) < name(b) ? -1 : name(a) > name(b) ? 1 : 0));
}
