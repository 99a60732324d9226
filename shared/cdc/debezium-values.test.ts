import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { absentJson, unavailableJson, valueEncoder } from './debezium-values.ts';
import { type ColumnType, constantOfDefault } from './table.ts';

const scalar = (oid: number, typeModifier = -1): ColumnType => ({ kind: 'scalar', oid, typeModifier });
const array = (element: ColumnType): ColumnType => ({ kind: 'array', element });
const BOOL = scalar(16);
const BYTEA = scalar(17);
const INT8 = scalar(20);
const INT4 = scalar(23);
const TEXT = scalar(25);
const FLOAT8 = scalar(701);
const NUMERIC_12_2 = scalar(1700, ((12 << 16) | 2) + 4);
const NUMERIC = scalar(1700);
const DATE = scalar(1082);
const TIME = scalar(1083);
const TIMESTAMP = scalar(1114);
const TIMESTAMPTZ = scalar(1184);
const TIMETZ = scalar(1266);
const INTERVAL = scalar(1186);
const ENUM: ColumnType = { kind: 'enum' };

describe('values of postgres as debezium writes them', () => {
  it.each<[string, ColumnType, string, string]>([
    ['true', BOOL, 't', 'true'],
    ['false', BOOL, 'f', 'false'],
    ['bigint beyond 2^53', INT8, '9007199254740993', '9007199254740993'],
    ['largest bigint', INT8, '9223372036854775807', '9223372036854775807'],
    ['negative int', INT4, '-2147483648', '-2147483648'],
    ['numeric keeps its scale', NUMERIC_12_2, '12345678.90', '"12345678.90"'],
    ['numeric without scale', NUMERIC, '0.1000', '"0.1000"'],
    ['numeric NaN', NUMERIC, 'NaN', '"NAN"'],
    ['text with quotes and line ends', TEXT, 'a"b\\c\nd', '"a\\"b\\\\c\\nd"'],
    ['text beyond the BMP', TEXT, '🛒é', '"\\uD83D\\uDED2é"'],
    ['json keeps postgres text', scalar(3802), '{"n": 1.50}', '"{\\"n\\": 1.50}"'],
    ['uuid', scalar(2950), '7b0e4f5e-5d07-4a0b-9a0c-0d6c3a5d1f11', '"7b0e4f5e-5d07-4a0b-9a0c-0d6c3a5d1f11"'],
    ['bytea', BYTEA, '\\xdeadbeef00', '"3q2+7wA="'],
    ['empty bytea', BYTEA, '\\x', '""'],
    ['enum', ENUM, 'paid', '"paid"'],
    ['double', FLOAT8, '4.25', '4.25'],
    ['whole double', FLOAT8, '100', '100.0'],
    ['negative zero', FLOAT8, '-0', '-0.0'],
    ['small double', FLOAT8, '0.00012', '1.2E-4'],
    ['smallest plain double', FLOAT8, '0.001', '0.001'],
    ['large double', FLOAT8, '12345678', '1.2345678E7'],
    ['largest plain double', FLOAT8, '9999999', '9999999.0'],
    ['double with exponent', FLOAT8, '1e+300', '1.0E300'],
    ['double NaN', FLOAT8, 'NaN', '"NaN"'],
    ['double infinity', FLOAT8, '-Infinity', '"-Infinity"'],
    ['date', DATE, '1990-02-28', '7363'],
    ['date before 1970', DATE, '1815-12-10', '-56270'],
    ['date BC', DATE, '0044-03-15 BC', '-735160'],
    ['last date', DATE, '5874897-12-31', '2145042905'],
    ['date infinity', DATE, 'infinity', '2146033979'],
    ['time', TIME, '10:20:30.000001', '37230000001'],
    ['end of day', TIME, '24:00:00', '86400000000'],
    ['time(3)', scalar(1083, 3), '10:20:30.5', '37230500'],
    ['timestamp', TIMESTAMP, '2026-11-22 12:00:01.5', '1795348801500000'],
    ['timestamp(3)', scalar(1114, 3), '2026-11-22 12:00:01.5', '1795348801500'],
    ['timestamp(3) before 1970', scalar(1114, 3), '1969-12-31 23:59:59.999', '-1'],
    ['timestamp infinity', TIMESTAMP, 'infinity', '9223372036854775807'],
    ['timestamp -infinity', TIMESTAMP, '-infinity', '-9223372036854775808'],
    ['timestamptz', TIMESTAMPTZ, '2026-11-01 08:20:30.123456+00', '"2026-11-01T08:20:30.123456Z"'],
    [
      'timestamptz of another zone',
      TIMESTAMPTZ,
      '2026-11-01 01:20:30+05:30',
      '"2026-10-31T19:50:30.000000Z"',
    ],
    ['timestamptz(3)', scalar(1184, 3), '2026-11-01 08:20:30.1+00', '"2026-11-01T08:20:30.100Z"'],
    ['timestamptz(0)', scalar(1184, 0), '2026-11-01 08:20:30+00', '"2026-11-01T08:20:30Z"'],
    ['timestamptz BC', TIMESTAMPTZ, '0044-03-15 00:00:00+00 BC', '"-0043-03-15T00:00:00.000000Z"'],
    ['timestamptz beyond 9999', TIMESTAMPTZ, '12026-01-02 03:04:05+00', '"+12026-01-02T03:04:05.000000Z"'],
    ['timestamptz infinity', TIMESTAMPTZ, 'infinity', '"infinity"'],
    ['timetz to UTC', TIMETZ, '01:20:30.5+02', '"23:20:30.5Z"'],
    ['interval', INTERVAL, '1 year 2 mons 3 days 04:05:06.789', '37091106789000'],
    ['negative interval', INTERVAL, '-1 days -02:03:04', '-93784000000'],
    ['mixed interval', INTERVAL, '-1 days +02:03:04', '-79016000000'],
    ['empty interval', INTERVAL, '00:00:00', '0'],
    ['interval beyond int64', INTERVAL, '178000000 years', '9223372036854775807'],
    ['infinite interval', INTERVAL, 'infinity', '0'],
    ['smallest double', FLOAT8, '5e-324', '4.9E-324'],
    ['double of one digit', FLOAT8, '1e+23', '1.0E23'],
    ['smallest real', scalar(700), '1e-45', '1.4E-45'],
    ['date -infinity', DATE, '-infinity', '-2147472691'],
    ['timetz at the end of the day', TIMETZ, '24:00:00+00', '"24:00:00Z"'],
    ['timestamp beyond int64', TIMESTAMP, '294276-12-31 23:59:59.999999', '-9223372036853775810'],
    ['bit(1)', scalar(1560, 1), '1', 'true'],
    ['bit varying(1) without a bit', scalar(1562, 1), '', 'null'],
    ['bit varying', scalar(1562, 10), '0000000101', '"BQ=="'],
    ['inet', scalar(869), '10.0.0.1', '"10.0.0.1"'],
    ['money', scalar(790), '-$1,234.50', '"-1234.50"'],
    [
      'text array',
      array(TEXT),
      '{vip,"with,comma",NULL,"NULL","q\\"\\\\"}',
      '["vip","with,comma",null,"NULL","q\\"\\\\"]',
    ],
    ['empty array', array(TEXT), '{}', '[]'],
    ['array in array', array(INT4), '{{1,2},{3,NULL}}', '[[1,2],[3,null]]'],
    ['array with bounds', array(INT4), '[0:1]={1,2}', '[1,2]'],
    ['numeric array', array(NUMERIC_12_2), '{1.50,NaN}', '["1.50","NAN"]'],
    ['enum array', array(ENUM), '{paid}', '["paid"]'],
  ])('%s', (_, type, text, json) => {
    expect(valueEncoder(type)(text)).toBe(json);
  });

  it.each<[string, ColumnType, string]>([
    ['a word for an int', INT4, 'one'],
    ['a word for a float', FLOAT8, 'one'],
    ['another date style', DATE, '22/11/2026'],
    ['an unfinished array', array(TEXT), '{a,"b'],
  ])('refuses %s', (_, type, text) => {
    expect(() => valueEncoder(type)(text)).toThrow(expect.objectContaining({ code: 'invalid_value' }));
  });

  it('writes every double so that it reads back the same', () => {
    const encode = valueEncoder(FLOAT8);
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const postgres = Object.is(value, -0) ? '-0' : String(value);
        expect(Object.is(Number(encode(postgres)), value)).toBe(true);
      }),
    );
  });

  it('counts the same microseconds as the calendar of javascript', () => {
    const encode = valueEncoder(TIMESTAMP);
    fc.assert(
      fc.property(
        fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
        (date) => {
          const text = date.toISOString().replace('T', ' ').replace('Z', '');
          expect(encode(text)).toBe(String(BigInt(date.getTime()) * 1000n));
        },
      ),
    );
  });

  it('prints every instant as javascript does', () => {
    const encode = valueEncoder(scalar(1184, 3));
    fc.assert(
      fc.property(
        fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
        (date) => {
          const text = `${date.toISOString().replace('T', ' ').replace('Z', '')}+00`;
          expect(encode(text)).toBe(JSON.stringify(date.toISOString()));
        },
      ),
    );
  });

  it('reads any text out of an array literal', () => {
    const encode = valueEncoder(array(TEXT));
    fc.assert(
      fc.property(fc.array(fc.option(fc.string())), (items) => {
        const quoted = items.map((item) => (item === null ? 'NULL' : `"${item.replace(/["\\]/g, '\\$&')}"`));
        expect(JSON.parse(encode(`{${quoted.join(',')}}`))).toEqual(items);
      }),
    );
  });
});

describe('values that postgres leaves out', () => {
  const column = (type: ColumnType, notNull: boolean, constantDefault: string | null = null) => ({
    name: 'c',
    type,
    notNull,
    constantDefault,
    hasComputedDefault: false,
    inIdentity: false,
  });

  it.each<[string, ReturnType<typeof column>, string]>([
    ['nullable', column(INT8, false, '7'), 'null'],
    ['text', column(TEXT, true), '""'],
    ['bigint', column(INT8, true), '0'],
    ['numeric(12,2)', column(NUMERIC_12_2, true), '"0.00"'],
    ['timestamptz', column(TIMESTAMPTZ, true), '"1970-01-01T00:00:00Z"'],
    [
      'timestamptz with now()',
      { ...column(TIMESTAMPTZ, true), hasComputedDefault: true },
      '"1970-01-01T00:00:00.000000Z"',
    ],
    ['bool with a default', column(BOOL, true, 'true'), 'true'],
    ['numeric with a default', column(NUMERIC_12_2, true, '1'), '"1.00"'],
    ['text with a default', column(TEXT, true, 'EUR'), '"EUR"'],
  ])('absent %s', (_, absent, json) => {
    expect(absentJson(absent)).toBe(json);
  });

  it.each<[string, ColumnType, string]>([
    ['text', TEXT, '"__debezium_unavailable_value"'],
    ['bytea', BYTEA, '"X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ=="'],
    ['text array', array(TEXT), '["__debezium_unavailable_value"]'],
  ])('unchanged %s', (_, type, json) => {
    expect(unavailableJson(type)).toBe(json);
  });

  it.each([
    ["'EUR'::bpchar", 'EUR'],
    ["'it''s'::character varying", "it's"],
    ['0', '0'],
    ["'-1'::integer", '-1'],
    ['1.5', '1.5'],
    ['true', 'true'],
    ["'pending'::order_status", 'pending'],
    ['now()', null],
    ["nextval('a_seq'::regclass)", null],
    ["('a'::text || 'b'::text)", null],
    [null, null],
  ])('default %s is %s', (expression, constant) => {
    expect(constantOfDefault(expression)).toBe(constant);
  });
});
