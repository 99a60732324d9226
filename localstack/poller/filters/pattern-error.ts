import { PlatformError } from '../../../shared/errors.ts';

/** One element of a pattern's list. */
export type Condition =
  | { readonly type: 'leaf'; readonly holds: (leaf: unknown) => boolean }
  /** Holds where there is no leaf. */
  | { readonly type: 'absent' };

export function invalidPattern(place: string, expected: string, got: unknown): PlatformError {
  const shown = JSON.stringify(got)?.slice(0, 80);
  return new PlatformError('invalid_filter_pattern', `${place} must be ${expected}, got ${shown}`, {
    details: { place },
  });
}
