// Lexical structure: https://duckdb.org/docs/stable/sql/dialect/overview, after Postgres:
// https://www.postgresql.org/docs/current/sql-syntax-lexical.html
import { sqlError } from './sql-error.ts';

export interface Token {
  readonly kind: 'word' | 'quoted' | 'string' | 'number' | 'symbol';
  /** What it stands for: of a quoted one what is between the quotes, of a word its text as written. */
  readonly value: string;
  /** In UTF-16 units of the statement; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
}

/**
 * The words of a SQL text, without spaces and comments. Throws `sql_invalid` for a quote or a comment that does not end.
 * Every part of the text that is not a space or a comment is in exactly one token.
 */
export function tokenize(sql: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < sql.length) {
    const blank = blankAt(sql, at);
    if (blank > at) {
      at = blank;
      continue;
    }
    const token = tokenAt(sql, at);
    tokens.push(token);
    at = token.end;
  }
  return tokens;
}

/** A word that is this keyword, in whatever case. */
export function isWord(token: Token | undefined, keyword: string): boolean {
  return token?.kind === 'word' && token.value.toUpperCase() === keyword;
}

export function isName(token: Token | undefined): token is Token {
  return token?.kind === 'word' || token?.kind === 'quoted';
}

export function isSymbol(token: Token | undefined, symbol: string): boolean {
  return token?.kind === 'symbol' && token.value === symbol;
}

const SPACE = /\s+/y;
const LINE_COMMENT = /--[^\n]*/y;
const WORD = /[\p{L}_][\p{L}\p{N}\p{M}_$]*/uy;
const NUMBER = /(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:e[+-]?\d+)?/iy;
const DOLLAR_QUOTE = /\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/uy;
const ESCAPED_STRING = /e'/iy;

/** The end of the spaces and comments that begin at `at`. */
function blankAt(sql: string, at: number): number {
  const plain = match(SPACE, sql, at) ?? match(LINE_COMMENT, sql, at);
  if (plain !== null) return at + plain.length;
  return sql.startsWith('/*', at) ? blockCommentEnd(sql, at) : at;
}

/** Comments of this kind nest. */
function blockCommentEnd(sql: string, start: number): number {
  let depth = 0;
  for (let at = start; at < sql.length; ) {
    if (sql.startsWith('/*', at)) {
      depth += 1;
      at += 2;
    } else if (sql.startsWith('*/', at)) {
      depth -= 1;
      at += 2;
      if (depth === 0) return at;
    } else at += 1;
  }
  throw sqlError('the comment does not end: */ is missing', sql, start);
}

function tokenAt(sql: string, start: number): Token {
  const quote = sql[start];
  if (quote === "'") return quotedToken(sql, 'string', start, start + 1, "'");
  if (quote === '"') return quotedToken(sql, 'quoted', start, start + 1, '"');
  if (match(ESCAPED_STRING, sql, start) !== null) return escapedString(sql, start);
  const dollar = match(DOLLAR_QUOTE, sql, start);
  if (dollar !== null) return dollarString(sql, start, dollar);
  const word = match(WORD, sql, start);
  if (word !== null) return token('word', word, start, start + word.length);
  const number = match(NUMBER, sql, start);
  if (number !== null) return token('number', number, start, start + number.length);
  const symbol = String.fromCodePoint(sql.codePointAt(start) ?? 0);
  return token('symbol', symbol, start, start + symbol.length);
}

/** A quote inside is written twice. */
function quotedToken(
  sql: string,
  kind: 'string' | 'quoted',
  start: number,
  from: number,
  quote: string,
): Token {
  for (let at = sql.indexOf(quote, from); at !== -1; at = sql.indexOf(quote, at + 2)) {
    if (sql[at + 1] === quote) continue;
    return token(kind, sql.slice(from, at).replaceAll(quote + quote, quote), start, at + 1);
  }
  throw sqlError(`the ${kind === 'string' ? 'text' : 'name'} does not end: ${quote} is missing`, sql, start);
}

/** `E'…'`, where a backslash keeps the next character from meaning anything; its value is not needed. */
function escapedString(sql: string, start: number): Token {
  for (let at = start + 2; at < sql.length; at += 1) {
    if (sql[at] === '\\') at += 1;
    else if (sql[at] === "'" && sql[at + 1] === "'") at += 1;
    else if (sql[at] === "'") return token('string', sql.slice(start + 2, at), start, at + 1);
  }
  throw sqlError("the text does not end: ' is missing", sql, start);
}

function dollarString(sql: string, start: number, quote: string): Token {
  const end = sql.indexOf(quote, start + quote.length);
  if (end === -1) throw sqlError(`the text does not end: ${quote} is missing`, sql, start);
  return token('string', sql.slice(start + quote.length, end), start, end + quote.length);
}

function token(kind: Token['kind'], value: string, start: number, end: number): Token {
  return { kind, value, start, end };
}

function match(pattern: RegExp, sql: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(sql)?.[0] ?? null;
}
