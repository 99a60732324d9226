import { DAY_MS } from './durations.ts';
import type { EpochMillis } from './ids.ts';

/** A shop without a sale for so long, in milliseconds, is a history that has ended. */
const ENDED_AFTER_MS = 7 * DAY_MS;

/**
 * The moment from which a shop's history is looked at: the present of a living shop. One that ended long ago (an imported
 * history) is looked at from just after its last sale, because from today every purchase in it would be equally forgotten.
 */
export function shopTime(now: EpochMillis, newestSale: EpochMillis | null): EpochMillis {
  return newestSale !== null && now - newestSale > ENDED_AFTER_MS ? ((newestSale + 1) as EpochMillis) : now;
}
