/**
 * CSV as RFC 4180 has it: CRLF, quotes doubled. Text that a spreadsheet would take for a formula gets an apostrophe
 * before it: https://owasp.org/www-community/attacks/CSV_Injection
 */
export type Cell = string | number | null;

export interface Sheet {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

export function toCsv({ columns, rows }: Sheet): string {
  return [columns, ...rows].map((row) => `${row.map(cellText).join(',')}\r\n`).join('');
}

function cellText(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  const text = isFormula(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A negative amount starts like a formula and is none. */
function isFormula(text: string): boolean {
  return /^[=+\-@\t\r\n]/.test(text) && !/^-\d+(\.\d+)?$/.test(text);
}
