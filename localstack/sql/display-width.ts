/**
 * Columns that a text takes in a terminal: two for East Asian wide characters and emoji, none for marks that join the
 * character before. Ranges after https://www.unicode.org/reports/tr11/ (W and F); a sequence of joined emoji is counted as one.
 */
export function displayWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const { segment } of SEGMENTER.segment(text)) width += segmentWidth(segment);
  return width;
}

/** The longest beginning of a text that takes at most `width` columns; `…` is its last where something is left out. */
export function fitted(text: string, width: number): string {
  if (text.length <= width && PLAIN.test(text)) return text;
  if (displayWidth(text) <= width) return text;
  let kept = '';
  let taken = 1;
  for (const { segment } of SEGMENTER.segment(text)) {
    taken += segmentWidth(segment);
    if (taken > width) break;
    kept += segment;
  }
  return `${kept}…`;
}

const SEGMENTER = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const PLAIN = /^[\x20-\x7e]*$/;
const NO_WIDTH = /^[\p{M}\p{Cc}\p{Cf}]+$/u;
const WIDE =
  /^(?:\p{Emoji_Presentation}|.\u{fe0f}|[\u{1100}-\u{115f}\u{2e80}-\u{303e}\u{3041}-\u{a4cf}\u{a960}-\u{a97c}\u{ac00}-\u{d7a3}\u{f900}-\u{faff}\u{fe30}-\u{fe6f}\u{ff00}-\u{ff60}\u{ffe0}-\u{ffe6}\u{1f300}-\u{1f64f}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}])/u;

function segmentWidth(segment: string): number {
  if (NO_WIDTH.test(segment)) return 0;
  return WIDE.test(segment) ? 2 : 1;
}
