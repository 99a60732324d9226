import { describe, expect, it } from 'vitest';
import { epochMillis } from '../../../shared/domain/index.ts';
import { recordFilter } from './record-filter.ts';

const record = (value: string | Uint8Array | null, partition = 0) => ({
  topic: 'orders',
  partition,
  offset: 15,
  timestamp: epochMillis(1_545_084_650_987),
  key: null,
  value: typeof value === 'string' ? Buffer.from(value) : value,
  headers: [],
});
const JSON_PATTERN = { value: { device_ID: [{ prefix: 'AB' }] } };
const TEXT_PATTERN = { value: [{ 'anything-but': ['error'] }] };
const NO_UTF8 = Uint8Array.from([0x7b, 0xff, 0xfe, 0x7d]);

describe('recordFilter', () => {
  it.each<[string, readonly unknown[], string | Uint8Array | null, boolean]>([
    ['lets all through without patterns', [], 'x', true],
    ['JSON that matches', [JSON_PATTERN], '{"device_ID":"AB1234"}', true],
    ['JSON that does not match', [JSON_PATTERN], '{"device_ID":"CD1234"}', false],
    ['text that matches', [TEXT_PATTERN], 'fine', true],
    ['text that does not match', [TEXT_PATTERN], 'error', false],
    ['a JSON pattern is not applied to text', [JSON_PATTERN], 'error', true],
    ['a number alone is text', [{ value: ['42'] }], '42', true],
    ['a text pattern is not applied to JSON', [TEXT_PATTERN], '{"a":"error"}', true],
    ['no pattern is applied to what is not UTF-8', [JSON_PATTERN], NO_UTF8, true],
    ['no pattern is applied to what is not UTF-8', [TEXT_PATTERN], NO_UTF8, true],
    ['no pattern is applied to a tombstone', [JSON_PATTERN], null, true],
    ['but other keys still are', [{ ...JSON_PATTERN, partition: [1] }], NO_UTF8, false],
    ['metadata alone', [{ offset: [{ numeric: ['>', 14] }] }], 'x', true],
    ['patterns are joined by OR', [JSON_PATTERN, { value: { op: ['c'] } }], '{"op":"c"}', true],
    ['none of them', [JSON_PATTERN, { value: { op: ['c'] } }], '{"op":"d"}', false],
    [
      '$or over keys of the record',
      [{ $or: [{ partition: [9] }, { value: { op: ['c'] } }] }],
      '{"op":"c"}',
      true,
    ],
    ['$or without a match', [{ $or: [{ partition: [9] }, { value: { op: ['c'] } }] }], '{"op":"d"}', false],
    ['a list of objects', [JSON_PATTERN], '[{"device_ID":"X"},{"device_ID":"AB"}]', true],
  ])('%s: %j', (_, patterns, value, passes) => {
    expect(recordFilter(patterns, 'filterPatterns')(record(value))).toBe(passes);
  });

  it.each<[unknown, string]>([
    [{ eventName: ['INSERT'] }, 'filterPatterns[1] must be made of the keys value, topic, partition'],
    [{ key: ['k'] }, 'filterPatterns[1] must be made of the keys value'],
    [{}, 'filterPatterns[1] must be at least one key'],
    ['x', 'filterPatterns[1] must be an object of keys'],
    [{ value: 'x' }, 'filterPatterns[1].value must be a list of values or an object of keys'],
    [{ value: { op: [{ prefx: 'c' }] } }, 'filterPatterns[1].value.op[0] must be one operator of'],
    [{ $or: [{ value: ['x'] }, { key: ['x'] }] }, 'filterPatterns[1].$or[1] must be made of the keys'],
  ])('refuses %j', (pattern, message) => {
    expect(() => recordFilter([TEXT_PATTERN, pattern], 'filterPatterns')).toThrow(message);
  });
});
