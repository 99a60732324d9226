/** How far a long stage has come: `done` of `total` things of one kind. */
export interface StageProgress {
  readonly stage: string;
  readonly done: number;
  readonly total: number;
  /** What is counted, e.g. `rows`. */
  readonly unit: string;
}

export type ProgressEvent =
  | { readonly type: 'stage-started'; readonly stage: string }
  | ({ readonly type: 'stage-progress' } & StageProgress)
  | { readonly type: 'stage-finished'; readonly stage: string; readonly detail: string; readonly ms: number }
  | { readonly type: 'warning'; readonly message: string }
  | { readonly type: 'ready'; readonly lines: readonly string[] }
  | { readonly type: 'failed'; readonly message: string };

/** Columns for the name of a stage; with time and detail a line stays within the 80 of a small terminal. */
export const STAGE_WIDTH = 21;

export type ReportProgress = (event: ProgressEvent) => void;

/** Runs one stage of the start and tells its beginning, its end, how long it took, and what came of it. */
export async function stage<T>(
  report: ReportProgress,
  name: string,
  work: (progress: (done: number, total: number, unit: string) => void) => Promise<T>,
  detailOf: (result: T) => string,
): Promise<T> {
  const startedAt = performance.now();
  report({ type: 'stage-started', stage: name });
  const result = await work((done, total, unit) =>
    report({ type: 'stage-progress', stage: name, done, total, unit }),
  );
  const ms = Math.round(performance.now() - startedAt);
  report({ type: 'stage-finished', stage: name, detail: detailOf(result), ms });
  return result;
}

/**
 * To the process that started this one where it listens (`npm start` draws the events), else as plain lines.
 */
export function progressReporter(writeLine: (line: string) => void): ReportProgress {
  if (process.send !== undefined) {
    return (event) => {
      // Once that process has died there is nobody to tell, and sending would throw.
      if (process.connected) process.send?.({ progress: event });
    };
  }
  return (event) => {
    const line = plainLine(event);
    if (line !== null) writeLine(line);
  };
}

/** One line of text per event; null for events that are only worth drawing. */
export function plainLine(event: ProgressEvent): string | null {
  switch (event.type) {
    case 'stage-started':
    case 'stage-progress':
      return null;
    case 'stage-finished':
      return `${event.stage.padEnd(STAGE_WIDTH)} ${(event.ms / 1000).toFixed(1).padStart(6)} s  ${event.detail}`;
    case 'warning':
      return `warning: ${event.message}`;
    case 'ready':
      return event.lines.join('\n');
    case 'failed':
      return `error: ${event.message}`;
  }
}
