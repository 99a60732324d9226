import { type Money, parseMoney } from '../../../shared/domain/index.ts';
import { PlatformError } from '../../../shared/errors.ts';
import type { QueryValue } from '../../../shared/features/index.ts';
import type { QueryRow } from './lake-reader.ts';

/** Columns of a query's row as the types that its statement promises. */
export function countIn(row: QueryRow, column: string): number {
  const value = cell(row, column);
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value);
  throw wrongCell(row, column, 'a number');
}

export function textIn(row: QueryRow, column: string): string {
  const value = cell(row, column);
  if (typeof value === 'string') return value;
  throw wrongCell(row, column, 'text');
}

/** A decimal column of scale 2; null, which is the sum of no rows, is nothing. */
export function moneyIn(row: QueryRow, column: string): Money {
  return parseMoney(cell(row, column) ?? '0.00');
}

function cell(row: QueryRow, column: string): QueryValue {
  return row[column] ?? null;
}

function wrongCell(row: QueryRow, column: string, expected: string): PlatformError {
  return new PlatformError(
    'unexpected_query_result',
    `column ${column} must be ${expected}, got ${row[column]}`,
  );
}
