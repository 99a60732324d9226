// Which records a mapping's filter patterns let through.
// Source: https://docs.aws.amazon.com/lambda/latest/dg/kafka-filtering.html, with its table of message and pattern formats.
import { isJsonObject } from '../../../shared/domain/index.ts';
import type { KafkaRecord } from '../../../shared/kafka/index.ts';
import { compileOr, compilePattern, type PatternTest } from './pattern.ts';
import { invalidPattern } from './pattern-error.ts';

export type RecordFilter = (record: KafkaRecord) => boolean;

/**
 * Compiles filter patterns, which are joined by OR; no pattern lets everything through. A pattern for `value` is applied
 * where its format and that of the value agree: an object to JSON, a list to plain text. Elsewhere (other format, no
 * UTF-8, a tombstone) the record is judged by the other keys alone.
 * @param place names the patterns in errors
 * @throws PlatformError `invalid_filter_pattern` naming the place
 */
export function recordFilter(patterns: readonly unknown[], place: string): RecordFilter {
  if (patterns.length === 0) return () => true;
  const tests = patterns.map((pattern, index) => compileRecordPattern(pattern, `${place}[${index}]`));
  return (record) => {
    const message = messageOf(record);
    return tests.some((test) => test(message));
  };
}

/** The record as patterns see it; its value is decoded at the first use. */
interface Message {
  readonly record: KafkaRecord;
  readonly value: () => MessageValue;
}

type MessageValue =
  | { readonly format: 'json'; readonly content: unknown }
  | { readonly format: 'text'; readonly content: string }
  | { readonly format: 'other' };

type MessageTest = (message: Message) => boolean;

const METADATA: Readonly<Record<string, (record: KafkaRecord) => unknown>> = {
  topic: (record) => record.topic,
  partition: (record) => record.partition,
  offset: (record) => record.offset,
  timestamp: (record) => record.timestamp,
  timestampType: () => 'CREATE_TIME',
};

function compileRecordPattern(pattern: unknown, place: string): MessageTest {
  if (!isJsonObject(pattern)) throw invalidPattern(place, 'an object of keys', pattern);
  const entries = Object.entries(pattern);
  if (entries.length === 0) throw invalidPattern(place, 'at least one key', pattern);
  const tests = entries.map(([key, part]): MessageTest => {
    if (key === '$or') return compileOr(part, `${place}.$or`, compileRecordPattern);
    const test = compilePattern(part, `${place}.${key}`);
    if (key === 'value') return valueTest(Array.isArray(part) ? 'text' : 'json', test);
    const metadata = Object.hasOwn(METADATA, key) ? METADATA[key] : undefined;
    if (metadata === undefined) {
      throw invalidPattern(
        place,
        `made of the keys value, ${Object.keys(METADATA).join(', ')}, $or`,
        pattern,
      );
    }
    return ({ record }) => test(metadata(record));
  });
  return (message) => tests.every((test) => test(message));
}

function valueTest(format: 'json' | 'text', test: PatternTest): MessageTest {
  return (message) => {
    const value = message.value();
    return value.format !== format || test(value.content);
  };
}

function messageOf(record: KafkaRecord): Message {
  let decoded: MessageValue | undefined;
  return {
    record,
    value: () => {
      decoded ??= decode(record.value);
      return decoded;
    },
  };
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** JSON here is an object or a list: `42`, `true` and `"text"` are plain text that happens to parse. */
function decode(bytes: Uint8Array | null): MessageValue {
  if (bytes === null) return { format: 'other' };
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return { format: 'other' };
  }
  try {
    const content: unknown = JSON.parse(text);
    if (typeof content === 'object' && content !== null) return { format: 'json', content };
  } catch {
    // No JSON is plain text.
  }
  return { format: 'text', content: text };
}
