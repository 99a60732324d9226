import { describe, expect, it } from 'vitest';
import { toCsv } from './csv.ts';

describe('toCsv', () => {
  it('writes a header and CRLF after every line', () => {
    expect(toCsv({ columns: ['a', 'b'], rows: [[1, null]] })).toBe('a,b\r\n1,\r\n');
  });

  it.each([
    ['plain text', 'plain text'],
    ['with, comma', '"with, comma"'],
    ['with "quotes"', '"with ""quotes"""'],
    ['two\nlines', '"two\nlines"'],
    ['=1+1', "'=1+1"],
    ['+441234', "'+441234"],
    ['-2+3', "'-2+3"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t=1"],
    ['\r=1', '"\'\r=1"'],
    ['=HYPERLINK("http://x")', '"\'=HYPERLINK(""http://x"")"'],
    ['-12.50', '-12.50'],
    ['12.50', '12.50'],
  ])('writes %j as %j', (cell, written) => {
    expect(toCsv({ columns: ['c'], rows: [[cell]] })).toBe(`c\r\n${written}\r\n`);
  });
});
