import { DAY_MS } from '../../shared/domain/index.ts';

/** How much more (or less) a theme is bought in each month, January first; 1 where a theme is not named. */
const THEME_MONTHS: Readonly<Record<string, readonly number[]>> = {
  garden: [0.4, 0.7, 1.6, 2.4, 2.4, 1.7, 1.1, 0.8, 0.8, 0.6, 0.3, 0.3],
  barbecue: [0.2, 0.2, 0.5, 1.2, 2, 2.4, 2.5, 2, 1, 0.4, 0.2, 0.2],
  camping: [0.3, 0.4, 0.7, 1.1, 1.7, 2.1, 2.3, 1.8, 0.9, 0.5, 0.3, 0.4],
  winter: [1.6, 1.1, 0.6, 0.3, 0.2, 0.1, 0.1, 0.3, 0.9, 1.7, 2.4, 2.4],
  games: [0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.9, 1, 1.6, 2.2],
  kids: [0.8, 0.8, 0.9, 0.9, 0.9, 0.9, 0.9, 1, 0.9, 1, 1.5, 1.9],
  party: [0.9, 0.8, 0.9, 0.9, 1, 1, 0.9, 0.9, 0.9, 1.1, 1.3, 1.9],
  light: [1.1, 0.9, 0.8, 0.8, 0.8, 0.8, 0.8, 0.9, 1, 1.2, 1.4, 1.6],
  travel: [0.8, 0.8, 0.9, 1, 1.3, 1.6, 1.5, 1.2, 0.8, 0.7, 0.8, 1],
  cycling: [0.5, 0.6, 1, 1.4, 1.5, 1.5, 1.4, 1.2, 1, 0.8, 0.6, 0.6],
};
const SHOP_MONTHS = [0.9, 0.88, 0.95, 0.98, 1, 0.98, 0.94, 0.92, 1, 1.05, 1.3, 1.35];
/** Sunday first. */
const WEEKDAYS = [1.2, 1.1, 1, 0.98, 0.95, 0.85, 0.92];
/** From midnight: a lunch hump and an evening peak. */
const HOURS = [
  0.25, 0.12, 0.06, 0.05, 0.06, 0.15, 0.4, 0.7, 0.9, 1.05, 1.15, 1.25, 1.45, 1.3, 1.1, 1.05, 1.1, 1.2, 1.35,
  1.6, 1.8, 1.6, 1.1, 0.6,
];

/** All in UTC. */
export function themeDemand(theme: string, at: number): number {
  return THEME_MONTHS[theme]?.[new Date(at).getUTCMonth()] ?? 1;
}

export function shopDemand(at: number): number {
  return SHOP_MONTHS[new Date(at).getUTCMonth()] ?? 1;
}

/** Moves a visit to a likely weekday and hour: at most three days away, the time of day drawn anew. */
export function likelyMoment(
  at: number,
  random: { weighted(weights: ArrayLike<number>): number; next(): number },
): number {
  const midnight = at - (((at % DAY_MS) + DAY_MS) % DAY_MS);
  const days = Array.from({ length: 7 }, (_, offset) => midnight + (offset - 3) * DAY_MS);
  const day =
    days[random.weighted(days.map((time) => WEEKDAYS[new Date(time).getUTCDay()] ?? 1))] ?? midnight;
  return day + Math.floor((random.weighted(HOURS) + random.next()) * (DAY_MS / 24));
}
