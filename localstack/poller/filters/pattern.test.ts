import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePattern } from './pattern.ts';

const holds = (pattern: unknown, event: unknown) => compilePattern(pattern, 'pattern')(event);

describe('compilePattern', () => {
  it.each<[string, unknown, readonly unknown[], readonly unknown[]]>([
    ['text', { a: ['x', 'y'] }, [{ a: 'x' }, { a: 'y', b: 1 }], [{ a: 'z' }, { a: 'X' }, {}, { a: null }]],
    ['numbers', { a: [300, 1.5] }, [{ a: 300.0 }, { a: 3e2 }, { a: 1.5 }], [{ a: '300' }, { a: 301 }]],
    ['true and false', { a: [true] }, [{ a: true }], [{ a: 'true' }, { a: false }, { a: 1 }]],
    ['null', { a: [null] }, [{ a: null }], [{}, { a: 'null' }, { a: 0 }]],
    ['empty text', { a: [''] }, [{ a: '' }], [{ a: ' ' }, {}]],
    ['AND of keys', { a: ['x'], b: [1] }, [{ a: 'x', b: 1 }], [{ a: 'x' }, { a: 'x', b: 2 }]],
    ['nested keys', { a: { b: { c: ['x'] } } }, [{ a: { b: { c: 'x' } } }], [{ a: { b: 'x' } }, { a: 'x' }]],
    ['a key of every object', { constructor: ['x'] }, [{ constructor: 'x' }], [{}]],
    ['lists', { a: ['x'] }, [{ a: ['w', 'x'] }, { a: [['x']] }], [{ a: ['w'] }, { a: [] }]],
    [
      'objects in lists, each for itself',
      { a: { b: [1], c: [2] } },
      [{ a: [{ b: 0 }, { b: 1, c: 2 }] }],
      [{ a: [{ b: 1 }, { c: 2 }] }, { a: [] }],
    ],
    ['prefix', { a: [{ prefix: 'AB' }] }, [{ a: 'ABC' }, { a: 'AB' }], [{ a: 'abc' }, { a: 1 }, {}]],
    ['suffix', { a: [{ suffix: '.png' }] }, [{ a: 'x.png' }], [{ a: 'x.PNG' }, { a: '.pngx' }]],
    [
      'prefix in any case',
      { a: [{ prefix: { 'equals-ignore-case': 'eventB' } }] },
      [{ a: 'EVENTbridge' }],
      [{ a: 'bridge' }],
    ],
    [
      'suffix in any case',
      { a: [{ suffix: { 'equals-ignore-case': '.PNG' } }] },
      [{ a: 'x.png' }],
      [{ a: 'x' }],
    ],
    [
      'equals-ignore-case',
      { a: [{ 'equals-ignore-case': 'aLice' }] },
      [{ a: 'ALICE' }],
      [{ a: 'alic' }, { a: 1 }],
    ],
    [
      'exists',
      { a: [{ exists: true }] },
      [{ a: 0 }, { a: null }, { a: '' }],
      [{}, { a: {} }, { a: { b: 1 } }],
    ],
    [
      'does not exist',
      { a: [{ exists: false }] },
      [{}, { a: {} }, { a: [] }, { b: 1 }],
      [{ a: null }, { a: 0 }],
    ],
    ['does not exist below', { a: { b: [{ exists: false }] } }, [{}, { a: {} }, { a: 1 }], [{ a: { b: 1 } }]],
    ['anything-but', { a: [{ 'anything-but': 'x' }] }, [{ a: 'y' }, { a: 1 }, { a: null }], [{ a: 'x' }, {}]],
    ['anything-but texts', { a: [{ 'anything-but': ['x', 'y'] }] }, [{ a: 'z' }], [{ a: 'x' }, { a: 'y' }]],
    [
      'anything-but numbers',
      { a: [{ 'anything-but': [1, 2] }] },
      [{ a: 3 }, { a: '1' }],
      [{ a: 1 }, { a: 2 }],
    ],
    [
      'anything-but by prefix',
      { a: [{ 'anything-but': { prefix: ['us-', 'eu-'] } }] },
      [{ a: 'ap-1' }, { a: 5 }],
      [{ a: 'us-1' }, { a: 'eu-1' }, {}],
    ],
    [
      'anything-but by suffix',
      { a: [{ 'anything-but': { suffix: '.png' } }] },
      [{ a: 'x.gif' }],
      [{ a: 'x.png' }],
    ],
    [
      'anything-but in any case',
      { a: [{ 'anything-but': { 'equals-ignore-case': ['Init', 'stop'] } }] },
      [{ a: 'run' }],
      [{ a: 'INIT' }, { a: 'STOP' }],
    ],
    [
      'anything-but by wildcard',
      { a: [{ 'anything-but': { wildcard: '*/lib/*' } }] },
      [{ a: '/src/a' }],
      [{ a: '/x/lib/y' }],
    ],
    [
      'anything-but in a list: one other element is enough',
      { a: [{ 'anything-but': 'x' }] },
      [{ a: ['x', 'y'] }],
      [{ a: ['x'] }],
    ],
    ['numeric =', { a: [{ numeric: ['=', 5] }] }, [{ a: 5.0 }], [{ a: 5.1 }, { a: '5' }]],
    [
      'numeric range',
      { a: [{ numeric: ['>', 0, '<=', 5] }] },
      [{ a: 5 }, { a: 0.1 }],
      [{ a: 0 }, { a: 5.1 }, {}],
    ],
    [
      'numeric bounds',
      { a: [{ numeric: ['>=', 3] }, { numeric: ['<', -3] }] },
      [{ a: 3 }, { a: -4 }],
      [{ a: -3 }],
    ],
    ['wildcard', { a: [{ wildcard: 'a*c' }] }, [{ a: 'ac' }, { a: 'abbc' }], [{ a: 'abcd' }, { a: 'c' }]],
    [
      'wildcard in several places',
      { a: [{ wildcard: '*.b*.c' }] },
      [{ a: 'x.bb.c' }],
      [{ a: '.b.d' }, { a: '.c' }],
    ],
    ['parts that would overlap', { a: [{ wildcard: 'ab*ba' }] }, [{ a: 'abba' }], [{ a: 'aba' }]],
    ['escaped stars', { a: [{ wildcard: 'a\\*\\\\*' }] }, [{ a: 'a*\\x' }], [{ a: 'axx' }, { a: 'a*x' }]],
    ['a wildcard alone', { a: [{ wildcard: '*' }] }, [{ a: '' }, { a: 'x' }], [{ a: 1 }]],
    [
      '$or',
      { $or: [{ a: ['x'] }, { b: [{ numeric: ['>', 1] }] }], c: [1] },
      [
        { a: 'x', c: 1 },
        { b: 2, c: 1 },
      ],
      [{ a: 'x' }, { b: 1, c: 1 }],
    ],
    ['$or below a key', { v: { $or: [{ a: [1] }, { b: [2] }] } }, [{ v: { b: 2 } }], [{ v: {} }, { a: 1 }]],
  ])('%s', (_, pattern, matching, others) => {
    for (const event of matching) expect([event, holds(pattern, event)]).toEqual([event, true]);
    for (const event of others) expect([event, holds(pattern, event)]).toEqual([event, false]);
  });

  it.each<[unknown, string]>([
    ['x', 'pattern must be a list of values or an object of keys'],
    [{}, 'pattern must be at least one key'],
    [{ a: [] }, 'pattern.a must be at least one value'],
    [{ a: 'x' }, 'pattern.a must be a list of values or an object of keys, got "x"'],
    [{ a: { b: [['x']] } }, 'pattern.a.b[0] must be a value or an operator'],
    [{ a: ['x', { starts: 'y' }] }, 'pattern.a[1] must be one operator of prefix, suffix'],
    [{ a: [{ prefix: 'x', suffix: 'y' }] }, 'pattern.a[0] must be one operator of'],
    [{ a: [{ constructor: 'x' }] }, 'pattern.a[0] must be one operator of'],
    [{ a: [{ prefix: 1 }] }, 'pattern.a[0].prefix must be a text, or'],
    [{ a: [{ exists: 'yes' }] }, 'pattern.a[0].exists must be true or false'],
    [{ a: [{ 'anything-but': ['x', 1] }] }, 'pattern.a[0].anything-but must be a text, a number'],
    [{ a: [{ 'anything-but': [] }] }, 'pattern.a[0].anything-but must be at least one value'],
    [{ a: [{ 'anything-but': { numeric: ['=', 1] } }] }, 'anything-but must be one operator of prefix'],
    [{ a: [{ numeric: ['>', '5'] }] }, 'pattern.a[0].numeric must be one comparison'],
    [{ a: [{ numeric: ['<', 5, '>', 0] }] }, 'pattern.a[0].numeric must be one comparison'],
    [{ a: [{ numeric: ['>', 5, '<', 0] }] }, 'pattern.a[0].numeric must be one comparison'],
    [{ a: [{ numeric: [] }] }, 'pattern.a[0].numeric must be one comparison'],
    [{ a: [{ wildcard: 'a**b' }] }, 'pattern.a[0].wildcard must be without two stars'],
    [{ a: [{ wildcard: 'a\\b' }] }, 'pattern.a[0].wildcard must be a text whose backslashes'],
    [{ $or: [{ a: [1] }] }, 'pattern.$or must be a list of at least two patterns'],
    [{ $or: [{ a: [1] }, ['x']] }, 'pattern.$or[1] must be an object of keys'],
  ])('refuses %j', (pattern, message) => {
    expect(() => compilePattern(pattern, 'pattern')).toThrow(message);
  });

  it('agrees with a regular expression on any wildcard', () => {
    const words = fc.array(fc.constantFrom('a', 'b', '*'), { maxLength: 7 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(words, fc.array(fc.constantFrom('a', 'b'), { maxLength: 9 }), (wildcard, letters) => {
        fc.pre(!wildcard.includes('**'));
        const text = letters.join('');
        const expected = new RegExp(`^${wildcard.replaceAll('*', '.*')}$`).test(text);
        expect(holds({ a: [{ wildcard }] }, { a: text })).toBe(expected);
      }),
    );
  });

  it('holds for an event made of values that the pattern lists, and no longer when one is replaced', () => {
    const keys = fc
      .string({ minLength: 1, maxLength: 4 })
      .filter((key) => key !== '$or' && key !== '__proto__');
    const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
    const events = fc.dictionary(keys, value, { minKeys: 1, maxKeys: 5 });
    fc.assert(
      fc.property(events, fc.nat(), (event, draw) => {
        const pattern = Object.fromEntries(Object.entries(event).map(([key, leaf]) => [key, [leaf]]));
        expect(holds(pattern, event)).toBe(true);
        expect(holds({ nested: pattern }, { nested: [{}, event] })).toBe(true);
        const names = Object.keys(event);
        const name = names[draw % names.length]!;
        expect(holds(pattern, { ...event, [name]: { other: 'value' } })).toBe(false);
        const negated = { ...pattern, [name]: [{ 'anything-but': ['no such value'] }] };
        expect(holds(negated, event)).toBe(event[name] !== 'no such value');
      }),
    );
  });
});
