import { MINUTE_MS } from './durations.ts';
import type { EpochMillis } from './ids.ts';

/** Start of the window `[start, start + size)` that holds `at`; right for times before 1970 too. */
export function windowStart(at: EpochMillis, sizeMs: number = MINUTE_MS): EpochMillis {
  return (at - (((at % sizeMs) + sizeMs) % sizeMs)) as EpochMillis;
}
