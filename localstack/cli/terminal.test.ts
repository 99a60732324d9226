import { describe, expect, it } from 'vitest';
import type { ProgressEvent } from '../services/progress.ts';
import { progressBar, progressPrinter } from './terminal.ts';

const events: readonly ProgressEvent[] = [
  { type: 'stage-started', stage: 'shop' },
  { type: 'stage-progress', stage: 'shop', done: 250, total: 1000, unit: 'rows' },
  { type: 'stage-finished', stage: 'shop', detail: '1,000 rows', ms: 1500 },
];

function printed(isTty: boolean, columns = 80): string {
  let text = '';
  const print = progressPrinter({ isTty, write: (piece) => (text += piece), columns: () => columns });
  for (const event of events) print(event);
  return text;
}

describe('progressPrinter', () => {
  it('writes one plain line a stage where there is no terminal', () => {
    expect(printed(false).trimEnd().split('\n')).toHaveLength(1);
    expect(printed(false)).toMatch(/✔ shop +1\.5 s +1,000 rows/);
    expect(printed(false)).not.toContain('\x1b');
  });

  it('draws a bar on a terminal and clears it for the finished stage', () => {
    expect(printed(true)).toContain('25 % 250 of 1,000 rows');
    expect(printed(true)).toContain('\r\x1b[2K  ✔ shop');
  });

  it('never draws a bar that would wrap', () => {
    const redrawn = printed(true, 50).split('\r\x1b[2K').slice(1, 3);
    expect(redrawn.map((line) => line.length)).toEqual([8, 49]);
  });
});

describe('progressBar', () => {
  it.each([
    [0, 10, '  0 %'],
    [10, 10, '100 %'],
    [11, 10, '100 %'],
    [0, 0, '100 %'],
  ])('%d of %d ends with %s', (done, total, end) => {
    expect(progressBar(done, total).endsWith(end)).toBe(true);
  });
});
