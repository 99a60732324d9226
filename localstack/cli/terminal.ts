import { type ProgressEvent, plainLine, STAGE_WIDTH } from '../services/progress.ts';

const BAR_WIDTH = 16;

export interface TerminalOptions {
  readonly isTty: boolean;
  readonly write: (text: string) => void;
  /** Width of the terminal right now. A redrawn line that wraps could not be cleared again. */
  readonly columns: () => number;
}

/** Draws progress events: a bar that redraws itself on a terminal, one plain line a finished stage elsewhere. */
export function progressPrinter({ isTty, write, columns }: TerminalOptions): (event: ProgressEvent) => void {
  const redraw = (line: string) => {
    if (isTty) write(`\r\x1b[2K${line.slice(0, columns() - 1)}`);
  };
  return (event) => {
    if (event.type === 'stage-started') return redraw(`  … ${event.stage}`);
    if (event.type === 'stage-progress') {
      const bar = progressBar(event.done, event.total);
      return redraw(`  … ${event.stage.padEnd(STAGE_WIDTH)} ${bar} ${amount(event)}`);
    }
    redraw('');
    if (event.type === 'stage-finished') write(`  ✔ ${plainLine(event)}\n`);
    else if (event.type === 'ready') write(`\n${event.lines.map((line) => `  ${line}`).join('\n')}\n\n`);
    else write(`${plainLine(event)}\n`);
  };
}

export function progressBar(done: number, total: number): string {
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const filled = Math.round(share * BAR_WIDTH);
  return `[${'█'.repeat(filled)}${'·'.repeat(BAR_WIDTH - filled)}] ${String(Math.floor(share * 100)).padStart(3)} %`;
}

function amount({ done, total, unit }: { done: number; total: number; unit: string }): string {
  return `${done.toLocaleString('en')} of ${total.toLocaleString('en')} ${unit}`;
}
