import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventBytesAroundRecords, recordSizer } from './event-size.ts';
import { toLambdaEvent } from './lambda-event.ts';
import { anyRecord } from './testing-records.ts';

const source = { eventSource: 'SelfManagedKafka', bootstrapServers: 'a:9092,b:9092' } as const;

describe('event size', () => {
  it('equals the length of the serialised event, whatever the records hold', () => {
    fc.assert(
      fc.property(fc.array(anyRecord, { minLength: 1, maxLength: 5 }), (drawn) => {
        const records = drawn.map((record) => ({ ...record, topic: 'orders', partition: 3 }));
        const bytesOf = recordSizer();
        const counted =
          eventBytesAroundRecords(source, { topic: 'orders', partition: 3 }) +
          records.reduce((sum, record) => sum + bytesOf(record), 0) +
          (records.length - 1);
        expect(counted).toBe(Buffer.byteLength(JSON.stringify(toLambdaEvent(source, records))));
      }),
      { numRuns: 500 },
    );
  });
});
