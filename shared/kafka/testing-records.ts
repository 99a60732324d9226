import fc from 'fast-check';
import { type EpochMillis, epochMillis } from '../domain/index.ts';
import type { KafkaRecord } from './record.ts';

/** Codecs remember the headers of the record before by the object: these come again, at the same place and at others. */
const recurring = ['a', 'b', 'ü', ''].map((name, at) => [name, Buffer.from('1'.repeat(at))] as const);

/** Any record that can lie in a log: tombstones, no key, repeated and odd headers, binary bytes. */
export const anyRecord: fc.Arbitrary<KafkaRecord> = fc.record({
  topic: fc.stringMatching(/^[a-zA-Z0-9._-]{1,20}$/),
  partition: fc.nat(200),
  offset: fc.maxSafeNat(),
  timestamp: fc.nat(4_102_444_800_000).map((ms): EpochMillis => epochMillis(ms)),
  key: fc.option(fc.uint8Array({ maxLength: 40 })),
  value: fc.option(fc.uint8Array({ minLength: 1, maxLength: 200 })),
  headers: fc.array(
    fc.oneof(fc.tuple(fc.string(), fc.uint8Array({ maxLength: 20 })), fc.constantFrom(...recurring)),
    { maxLength: 5 },
  ),
});
