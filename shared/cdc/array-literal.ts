import { PlatformError } from '../errors.ts';

export type ArrayLiteral = readonly (string | null | ArrayLiteral)[];

/**
 * Parses Postgres' text form of an array: `{vip,"with,comma",NULL,{nested}}`; bounds such as `[0:1]=` are dropped.
 * https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
 */
export function parseArrayLiteral(text: string): ArrayLiteral {
  const start = text.startsWith('[') ? text.indexOf('=') + 1 : 0;
  const cursor = { text, at: start };
  const array = parseLevel(cursor);
  if (cursor.at !== text.length) {
    throw invalid(text, cursor.at);
  }
  return array;
}

interface Cursor {
  readonly text: string;
  at: number;
}

function parseLevel(cursor: Cursor): ArrayLiteral {
  if (cursor.text[cursor.at] !== '{') {
    throw invalid(cursor.text, cursor.at);
  }
  cursor.at++;
  const items: (string | null | ArrayLiteral)[] = [];
  if (cursor.text[cursor.at] === '}') {
    cursor.at++;
    return items;
  }
  for (;;) {
    items.push(parseItem(cursor));
    const separator = cursor.text[cursor.at];
    cursor.at++;
    if (separator === '}') {
      return items;
    }
    if (separator !== ',') {
      throw invalid(cursor.text, cursor.at - 1);
    }
  }
}

function parseItem(cursor: Cursor): string | null | ArrayLiteral {
  const { text } = cursor;
  if (text[cursor.at] === '{') {
    return parseLevel(cursor);
  }
  if (text[cursor.at] === '"') {
    return parseQuoted(cursor);
  }
  let item = '';
  while (cursor.at < text.length && text[cursor.at] !== ',' && text[cursor.at] !== '}') {
    if (text[cursor.at] === '\\') {
      cursor.at++;
    }
    item += text[cursor.at] ?? '';
    cursor.at++;
  }
  if (item === '') {
    throw invalid(text, cursor.at);
  }
  return item.toUpperCase() === 'NULL' ? null : item;
}

function parseQuoted(cursor: Cursor): string {
  const { text } = cursor;
  let item = '';
  for (cursor.at++; cursor.at < text.length; cursor.at++) {
    if (text[cursor.at] === '"') {
      cursor.at++;
      return item;
    }
    if (text[cursor.at] === '\\') {
      cursor.at++;
    }
    item += text[cursor.at] ?? '';
  }
  throw invalid(text, cursor.at);
}

function invalid(text: string, at: number): PlatformError {
  return new PlatformError('invalid_value', `not an array literal at character ${at}: ${text.slice(0, 100)}`);
}
