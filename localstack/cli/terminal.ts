import { type ProgressEvent, plainLine } from '../services/progress.ts';

const BAR_WIDTH = 24;
const STAGE_WIDTH = 34;

export interface TerminalOptions {
  readonly isTty: boolean;
  readonly write: (text: string) => void;
}

/** Draws progress events: a bar that redraws itself on a terminal, one plain line a finished stage elsewhere. */
export function progressPrinter({ isTty, write }: TerminalOptions): (event: ProgressEvent) => void {
  const clear = () => (isTty ? write('\r\x1b[2K') : undefined);
  return (event) => {
    if (event.type === 'stage-started') {
      if (isTty) write(`\r\x1b[2K  … ${event.stage}`);
      return;
    }
    if (event.type === 'stage-progress') {
      if (isTty)
        write(
          `\r\x1b[2K  … ${event.stage.padEnd(STAGE_WIDTH)} ${progressBar(event.done, event.total)} ${amount(event)}`,
        );
      return;
    }
    clear();
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
