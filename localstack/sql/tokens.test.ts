import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tokenize } from './tokens.ts';

const shown = (sql: string) => tokenize(sql).map(({ kind, value }) => `${kind}:${value}`);

describe('the words of a statement', () => {
  it.each([
    [
      'SELECT a1, _b FROM größe',
      ['word:SELECT', 'word:a1', 'symbol:,', 'word:_b', 'word:FROM', 'word:größe'],
    ],
    ['"a ""b"".c" . \'it\'\'s\'', ['quoted:a "b".c', 'symbol:.', "string:it's"]],
    ["''", ['string:']],
    ["e'a\\'b''c' E'x'", ["string:a\\'b''c", 'string:x']],
    ["$$it's$$ $tag$ $$ $tag$ $1", ["string:it's", 'string: $$ ', 'symbol:$', 'number:1']],
    [
      '1 1_000 1.5 .5 1e10 1.e-3',
      ['number:1', 'number:1_000', 'number:1.5', 'number:.5', 'number:1e10', 'number:1.e-3'],
    ],
    ["a -- b 'c\nd", ['word:a', 'word:d']],
    ["a /* b /* 'c */ d */ e /**/ f", ['word:a', 'word:e', 'word:f']],
    ['a--', ['word:a']],
    ['t.c::INT', ['word:t', 'symbol:.', 'word:c', 'symbol::', 'symbol::', 'word:INT']],
    ['🛒 x', ['symbol:🛒', 'word:x']],
    ['', []],
  ])('of %j', (sql, tokens) => {
    expect(shown(sql)).toEqual(tokens);
  });

  it.each([
    ["SELECT 'abc", 7],
    ["SELECT 'it''s", 7],
    ['SELECT "abc', 7],
    ["SELECT e'a\\'", 7],
    ['SELECT $x$ a $y$', 7],
    ['SELECT /* a /* b */', 7],
  ])('of %j do not end, which is said with the place', (sql, place) => {
    expect(() => tokenize(sql)).toThrow(
      expect.objectContaining({
        code: 'sql_invalid',
        message: expect.stringMatching(new RegExp(`\\n {${'line 1: '.length + place}}\\^$`)),
      }),
    );
  });

  it('are each where they say, and between them is nothing but spaces and comments', () => {
    const piece = fc.oneof(
      fc.constantFrom('SELECT', 'größe', '12', '1.5', ',', '(', '=', '::', '.', ';'),
      fc.string({ unit: 'grapheme' }).map((text) => `'${text.replaceAll("'", "''")}'`),
      fc.string({ unit: 'grapheme' }).map((text) => `"${text.replaceAll('"', '""')}"`),
    );
    const blank = fc.constantFrom(' ', '\n', '\t', '-- c\'"/*\n', '/* \'" -- /* */ */');
    fc.assert(
      fc.property(fc.array(fc.tuple(blank, piece)), (pieces) => {
        const sql = pieces.map((pair) => pair.join('')).join('');
        const found = tokenize(sql).map(({ start, end }) => sql.slice(start, end));
        expect(found.join('')).toBe(pieces.map(([, text]) => text).join(''));
      }),
    );
  });
});
