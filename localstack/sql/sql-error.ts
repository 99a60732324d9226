import { PlatformError } from '../../shared/errors.ts';
import { displayWidth } from './display-width.ts';

/** An error of a statement that shows the place: the line, and a mark below it. `at` is in UTF-16 units of `sql`. */
export function sqlError(what: string, sql: string, at: number, cause?: unknown): PlatformError {
  return new PlatformError('sql_invalid', `${what}\n${placeIn(sql, at)}`, { cause });
}

/** What is shown of a long line, before and behind the place. */
const CONTEXT = 60;

function placeIn(sql: string, at: number): string {
  const before = sql.slice(0, at);
  const lineStart = before.lastIndexOf('\n') + 1;
  const lineEnd = sql.indexOf('\n', at) === -1 ? sql.length : sql.indexOf('\n', at);
  const left = before.slice(Math.max(lineStart, at - CONTEXT));
  const right = sql.slice(at, Math.min(lineEnd, at + CONTEXT));
  const label = `line ${before.split('\n').length}: ${at - CONTEXT > lineStart ? '…' : ''}`;
  const shown = `${label}${left}`.replaceAll('\t', ' ');
  return `${shown}${right}\n${' '.repeat(displayWidth(shown))}^`;
}
