/** CSV records as RFC 4180 (https://www.rfc-editor.org/rfc/rfc4180): commas, quotes doubled inside quotes, CRLF or LF. */

export type CsvRecord =
  | { readonly lineNumber: number; readonly fields: readonly string[] }
  | { readonly lineNumber: number; readonly fields: null; readonly reason: string };

/** A quote left open would swallow the rest of the file; past this many lines it is the row that is broken. */
const MAX_LINES_OF_A_RECORD = 50;

/** Streams the records of decoded text; `lineNumber` is where a record starts, from 1. */
export async function* csvRecords(chunks: AsyncIterable<string>): AsyncGenerator<CsvRecord> {
  let lines: string[] = [];
  let lineNumber = 1;
  let rest = '';
  for await (const chunk of chunks) {
    const text =
      lineNumber === 1 && lines.length === 0 && rest === '' ? chunk.replace(/^\uFEFF/, '') : rest + chunk;
    const read = text.split('\n');
    rest = read.pop() ?? '';
    lines.push(...read);
    yield* complete(false);
  }
  if (rest !== '') lines.push(rest);
  yield* complete(true);

  function* complete(atEnd: boolean): Generator<CsvRecord> {
    let from = 0;
    while (from < lines.length) {
      const { parsed, span } = parseFrom(lines, from);
      if (parsed.kind === 'open' && span < MAX_LINES_OF_A_RECORD && !atEnd) break;
      // A broken row costs its own line only: the lines after it are read again as rows of their own.
      const used = parsed.kind === 'fields' ? span : 1;
      if (parsed.kind === 'fields') yield { lineNumber, fields: parsed.fields };
      else
        yield {
          lineNumber,
          fields: null,
          reason: parsed.kind === 'open' ? 'a quote is never closed' : parsed.reason,
        };
      from += used;
      lineNumber += used;
    }
    lines = lines.slice(from);
  }
}

/** The record that starts at `lines[from]`, over as many lines as its quotes need. */
function parseFrom(lines: readonly string[], from: number): { parsed: Parsed; span: number } {
  let text = lines[from] ?? '';
  for (let span = 1; ; span++) {
    const parsed = fieldsOf(text.endsWith('\r') ? text.slice(0, -1) : text);
    if (parsed.kind !== 'open' || span === MAX_LINES_OF_A_RECORD || from + span >= lines.length)
      return { parsed, span };
    text += `\n${lines[from + span]}`;
  }
}

type Parsed =
  | { readonly kind: 'fields'; readonly fields: readonly string[] }
  | { readonly kind: 'open' }
  | { readonly kind: 'broken'; readonly reason: string };

function fieldsOf(text: string): Parsed {
  if (!text.includes('"')) return { kind: 'fields', fields: text.split(',') };
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    if (text[at] === '"') {
      const end = closingQuote(text, at + 1);
      if (end < 0) return { kind: 'open' };
      fields.push(text.slice(at + 1, end).replaceAll('""', '"'));
      at = end + 1;
      if (at < text.length && text[at] !== ',') {
        return { kind: 'broken', reason: `text after the closing quote of field ${fields.length}` };
      }
    } else {
      const comma = text.indexOf(',', at);
      fields.push(text.slice(at, comma < 0 ? text.length : comma));
      at = comma < 0 ? text.length : comma;
    }
    if (at >= text.length) return { kind: 'fields', fields };
    at += 1;
  }
}

function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 2)) {
    if (text[at + 1] !== '"') return at;
  }
  return -1;
}
