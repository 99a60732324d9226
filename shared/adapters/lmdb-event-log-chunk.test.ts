import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KafkaRecord } from '../kafka/index.ts';
import { anyRecord } from '../kafka/testing-records.ts';
import { chunkHeader, decodeChunk, encodeChunks, stampChunk } from './lmdb-event-log-chunk.ts';

const at = { topic: 'orders', partition: 2 };

describe('chunk codec', () => {
  it('gives back any records under dense offsets, however they are cut', () => {
    fc.assert(
      fc.property(
        fc.array(anyRecord, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 1000 }),
        fc.nat(2 ** 40),
        (records, chunkBytes, baseOffset) => {
          let offset = baseOffset;
          const decoded = encodeChunks(records, chunkBytes).flatMap((chunk) => {
            const bytes = stampChunk(chunk, offset, 0);
            offset += chunk.count;
            return decodeChunk(bytes, at);
          });
          const expected = records.map((record, index) => ({ ...record, ...at, offset: baseOffset + index }));
          expect(decoded.map(comparable)).toEqual(expected.map(comparable));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('refuses a layout that it does not know', () => {
    expect(() => chunkHeader(Buffer.from([9, 0, 0]))).toThrow('layout version 9');
  });
});

function comparable(record: KafkaRecord) {
  const plain = (bytes: Uint8Array | null) => (bytes === null ? null : [...bytes]);
  return {
    ...record,
    key: plain(record.key),
    value: plain(record.value),
    headers: record.headers.map(([name, bytes]) => [name, plain(bytes)]),
  };
}
