import fc from 'fast-check';
import { Partitioners } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { murmur2, partitionForKey } from './partitioner.ts';

// The vectors of Apache Kafka's own UtilsTest#testMurmur2.
const KNOWN_HASHES: readonly (readonly [text: string, hash: number])[] = [
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
];

describe('murmur2', () => {
  it.each(KNOWN_HASHES)('hashes %j as Kafka does', (text, hash) => {
    expect(murmur2(Buffer.from(text))).toBe(hash);
  });
});

describe('partitionForKey', () => {
  const kafkajsPartitioner = Partitioners.DefaultPartitioner();

  it('agrees with an unrelated implementation on any key and partition count', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.integer({ min: 1, max: 64 }), (key, partitions) => {
        const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
          partitionErrorCode: 0,
          partitionId,
          leader: 0,
          replicas: [],
          isr: [],
        }));
        const expected = kafkajsPartitioner({
          topic: 'any',
          partitionMetadata,
          message: { key: Buffer.from(key), value: null },
        });
        expect(partitionForKey(key, partitions)).toBe(expected);
      }),
      { numRuns: 1000 },
    );
  });

  it('refuses a topic without partitions', () => {
    expect(() => partitionForKey(Buffer.from('a'), 0)).toThrow('at least one partition, got 0');
  });
});
