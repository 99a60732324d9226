import { sqlError } from './sql-error.ts';
import { parseSqlTime } from './sql-time.ts';
import { isName, isWord, type Token, tokenize } from './tokens.ts';

/** Which state of a table is asked for. */
export type AsOf = { readonly version: number } | { readonly timestamp: number };

export interface TimeTravel {
  /** Where the table's name ends, to which it belongs. */
  readonly nameEnd: number;
  readonly start: number;
  readonly end: number;
  readonly asOf: AsOf;
}

/**
 * The clauses `VERSION AS OF 12` and `TIMESTAMP AS OF '2026-11-23 10:00:00'` (also with FOR, and with SYSTEM_VERSION and
 * SYSTEM_TIME), as Spark and Databricks have them: https://docs.delta.io/latest/delta-batch.html#query-an-older-snapshot-of-a-table-time-travel
 * Times without a zone are UTC; `timestamp` is in epoch milliseconds.
 */
export function findTimeTravel(sql: string, tokens: readonly Token[] = tokenize(sql)): TimeTravel[] {
  const found: TimeTravel[] = [];
  for (let index = 1; index < tokens.length; index++) {
    const clause = clauseAt(sql, tokens, index);
    if (clause === null) continue;
    found.push(clause);
    while (index < tokens.length && tokens[index]!.end < clause.end) index++;
  }
  return found;
}

/** The statement with spaces in place of the clauses: every other place of it stays where it is. */
export function withoutTimeTravel(sql: string, clauses: readonly TimeTravel[]): string {
  let text = sql;
  for (const { start, end } of clauses) {
    text = text.slice(0, start) + ' '.repeat(end - start) + text.slice(end);
  }
  return text;
}

const VERSION_WORDS = ['VERSION', 'SYSTEM_VERSION'];
const TIME_WORDS = ['TIMESTAMP', 'SYSTEM_TIME'];

function clauseAt(sql: string, tokens: readonly Token[], index: number): TimeTravel | null {
  const before = tokens[index - 1];
  const start = tokens[index];
  if (!isName(before) || start === undefined) return null;
  const unit = index + (isWord(start, 'FOR') ? 1 : 0);
  if (!isWord(tokens[unit + 1], 'AS') || !isWord(tokens[unit + 2], 'OF')) return null;
  const isVersion = VERSION_WORDS.some((word) => isWord(tokens[unit], word));
  const isTime = TIME_WORDS.some((word) => isWord(tokens[unit], word));
  if (!isVersion && !isTime) return null;
  // `TIMESTAMP AS OF TIMESTAMP '…'` says it twice.
  const value = tokens[unit + (isTime && isWord(tokens[unit + 3], 'TIMESTAMP') ? 4 : 3)];
  if (value?.kind !== 'number' && value?.kind !== 'string') return null;
  const asOf = isVersion ? { version: versionOf(sql, value) } : { timestamp: timeOf(sql, value) };
  return { nameEnd: before.end, start: start.start, end: value.end, asOf };
}

function versionOf(sql: string, { value, start }: Token): number {
  if (/^\d+$/.test(value) && Number.isSafeInteger(Number(value))) return Number(value);
  throw sqlError(`a version is a whole number, got ${value}`, sql, start);
}

function timeOf(sql: string, { kind, value, start }: Token): number {
  const time = kind === 'string' ? parseSqlTime(value) : null;
  if (time !== null) return Number(time.micros / 1_000n);
  throw sqlError(`a time is written as '2026-11-23 10:00:00', got ${value}`, sql, start);
}
