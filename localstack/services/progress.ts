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
  const { send } = process;
  if (send !== undefined) return (event) => void send.call(process, { progress: event });
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
      return `${event.stage.padEnd(34)} ${event.detail.padEnd(44)} ${(event.ms / 1000).toFixed(1)} s`;
    case 'warning':
      return `warning: ${event.message}`;
    case 'ready':
      return event.lines.join('\n');
    case 'failed':
      return `error: ${event.message}`;
  }
}
