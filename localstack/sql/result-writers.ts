import type { QueryBatch, QueryValue, ResultColumn } from '../../shared/features/index.ts';
import { displayWidth, fitted } from './display-width.ts';
import { isNumeric, jsonText, plainText } from './result-text.ts';

/** Puts a result into text, batch by batch: nothing is kept but what a table needs to be aligned. */
export interface ResultWriter {
  begin(columns: readonly ResultColumn[]): string;
  batch(batch: QueryBatch): string;
  end(): string;
}

/** RFC 4180, with LF at line ends; the first line has the names. Null is an empty field, an empty text `""`. */
export function csvWriter(): ResultWriter {
  let columns: readonly ResultColumn[] = [];
  const field = (value: QueryValue, column: ResultColumn): string =>
    value === null ? '' : csvField(plainText(value, column.type));
  return {
    begin: (of) => {
      columns = of;
      return `${columns.map(({ name }) => csvField(name)).join(',')}\n`;
    },
    batch: (batch) => eachRow(batch, columns, field, (fields) => `${fields.join(',')}\n`).join(''),
    end: () => '',
  };
}

/** One array with an object a row, each on a line of its own. Of columns of one name the second is `name:1`. */
export function jsonWriter(): ResultWriter {
  let columns: readonly ResultColumn[] = [];
  let isFirst = true;
  const member = (value: QueryValue, { key, type }: ResultColumn): string =>
    `${JSON.stringify(key)}:${jsonText(value, type)}`;
  return {
    begin: (of) => {
      columns = of;
      return '[';
    },
    batch: (batch) => {
      if (batch.rowCount === 0) return '';
      const rows = eachRow(batch, columns, member, (members) => `{${members.join(',')}}`);
      const text = `${isFirst ? '\n' : ',\n'}${rows.join(',\n')}`;
      isFirst = false;
      return text;
    },
    end: () => '\n]\n',
  };
}

/** A cell longer than this is cut. */
const CELL_WIDTH = 60;

/** Aligned columns of the first `maxRows` rows, numbers to the right, and a line with how many more there are. */
export function tableWriter(maxRows: number): ResultWriter {
  let columns: readonly ResultColumn[] = [];
  const rows: string[][] = [];
  let count = 0;
  const cell = (value: QueryValue, { type }: ResultColumn): string =>
    fitted(value === null ? 'NULL' : inOneLine(plainText(value, type)), CELL_WIDTH);
  return {
    begin: (of) => {
      columns = of;
      return '';
    },
    batch: (batch) => {
      const shown = Math.min(batch.rowCount, maxRows - rows.length);
      if (shown > 0) rows.push(...eachRow({ ...batch, rowCount: shown }, columns, cell, (cells) => cells));
      count += batch.rowCount;
      return '';
    },
    end: () => {
      const more = count - rows.length;
      const rest = more === 0 ? '' : `… ${more.toLocaleString('en')} more rows (--limit N shows more)\n`;
      return `${alignedTable(columns, rows)}${rest}`;
    },
  };
}

function alignedTable(columns: readonly ResultColumn[], rows: readonly (readonly string[])[]): string {
  const names = columns.map(({ name }) => fitted(inOneLine(name), CELL_WIDTH));
  const widths = names.map((name, index) =>
    rows.reduce((width, row) => Math.max(width, displayWidth(row[index] ?? '')), displayWidth(name)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((text, index) => {
        const space = ' '.repeat((widths[index] ?? 0) - displayWidth(text));
        return isNumeric(columns[index]?.type ?? 'string') ? `${space}${text}` : `${text}${space}`;
      })
      .join('  ')
      .trimEnd();
  return [names, widths.map((width) => '─'.repeat(width)), ...rows]
    .map((cells) => `${line(cells)}\n`)
    .join('');
}

function eachRow<Cell, Row>(
  { rowCount, columns: values }: QueryBatch,
  columns: readonly ResultColumn[],
  cell: (value: QueryValue, column: ResultColumn) => Cell,
  row: (cells: Cell[]) => Row,
): Row[] {
  return Array.from({ length: rowCount }, (_, index) =>
    row(columns.map((column) => cell(values[column.key]?.[index] ?? null, column))),
  );
}

/** Characters that would break the lines of a table, or that a terminal obeys. */
function inOneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, (character) => SHOWN[character] ?? '·');
}

const SHOWN: Readonly<Record<string, string>> = { '\n': '⏎', '\t': ' ' };

const csvField = (text: string): string =>
  text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
