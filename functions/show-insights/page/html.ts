/** Text that is HTML already; everything else that is put into a template is escaped. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type Insert = Html | string | number | null | false | readonly Insert[];

/** A template of HTML or SVG. null and false insert nothing, lists insert their parts one after the other. */
export function html(strings: TemplateStringsArray, ...inserts: readonly Insert[]): Html {
  return new Html(
    strings.reduce((text, string, index) => text + insertText(inserts[index - 1] ?? '') + string),
  );
}

function insertText(insert: Insert): string {
  if (insert === null || insert === false) return '';
  if (insert instanceof Html) return insert.text;
  if (typeof insert === 'object') return insert.map(insertText).join('');
  return escapeText(String(insert));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Safe as an element's text and inside a quoted attribute. */
function escapeText(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character]!);
}
