// Kafka's default partitioner for records with a key: toPositive(murmur2(key)) % partitions.
// Source: org.apache.kafka.common.utils.Utils#murmur2 and BuiltInPartitioner#partitionForKey (Apache Kafka 4.0).
import { PlatformError } from '../errors.ts';

const SEED = 0x9747b28c;
const MULTIPLIER = 0x5bd1e995;

/** The partition in `[0, partitions)` that a record with this key belongs to, the same as in Kafka's Java client. */
export function partitionForKey(key: Uint8Array, partitions: number): number {
  if (!Number.isInteger(partitions) || partitions < 1) {
    throw new PlatformError(
      'invalid_partition_count',
      `a topic needs at least one partition, got ${partitions}`,
    );
  }
  return (murmur2(key) & 0x7fffffff) % partitions;
}

/** 32-bit murmur2 as a signed integer, as Java's `Utils.murmur2` returns it. */
export function murmur2(data: Uint8Array): number {
  const length = data.length;
  const wholeWords = length & ~3;
  let hash = SEED ^ length;
  for (let at = 0; at < wholeWords; at += 4) {
    let word = data[at]! | (data[at + 1]! << 8) | (data[at + 2]! << 16) | (data[at + 3]! << 24);
    word = Math.imul(word, MULTIPLIER);
    word ^= word >>> 24;
    hash = Math.imul(hash, MULTIPLIER) ^ Math.imul(word, MULTIPLIER);
  }
  const rest = length - wholeWords;
  if (rest > 0) {
    if (rest > 2) hash ^= data[wholeWords + 2]! << 16;
    if (rest > 1) hash ^= data[wholeWords + 1]! << 8;
    hash = Math.imul(hash ^ data[wholeWords]!, MULTIPLIER);
  }
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER);
  return hash ^ (hash >>> 15);
}
