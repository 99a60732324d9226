import fc from 'fast-check';
import { expect, it } from 'vitest';
import { jsonText } from './json-text.ts';

it.each([
  ['plain', '"plain"'],
  ['é ß \u2028 \u007f', '"é ß \u2028 \u007f"'],
  ['😀', '"\\uD83D\\uDE00"'],
  ['\u001f\n"\\', '"\\u001F\\n\\"\\\\"'],
  ['\\u001f', '"\\\\u001f"'],
])('writes %j as jackson does', (text, json) => {
  expect(jsonText(text)).toBe(json);
});

it('reads back the same', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(JSON.parse(jsonText(text))).toBe(text);
    }),
  );
});
