import type { EpochMillis, Money } from '../../../shared/domain/index.ts';

const WHOLE = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });
const COMPACT = new Intl.NumberFormat('en-GB', { notation: 'compact', maximumSignificantDigits: 3 });
const DATE = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });

export const whole = (value: number): string => WHOLE.format(value);
export const compact = (value: number): string => COMPACT.format(value);
/** For axes and bars; figures are shown exactly. */
export const approximate = (money: Money): number => Number(money);
/** `1,234,567.80`: grouped as text, because an amount may have more digits than a float. */
export const amount = (money: Money): string => money.replace(/\B(?=(\d{3})+(?!\d)\.)/g, ',');
export const ordersText = (orders: number): string => `${whole(orders)} ${orders === 1 ? 'order' : 'orders'}`;
export const percent = (share: number): string =>
  `${(100 * share).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;
/** `2026-11-22` -> `22 Nov`. */
export const shortDay = (day: string): string => DATE.format(new Date(`${day}T00:00:00Z`));
export const utcTime = (at: EpochMillis): string =>
  `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
export const clockTime = (at: EpochMillis): string => new Date(at).toISOString().slice(11, 19);

/** `45 s ago`, `3 min ago`, `2 h ago`, `5 days ago`. */
export function ago(at: EpochMillis, now: EpochMillis): string {
  return `${duration(Math.max(0, now - at))} ago`;
}

export function duration(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 1) return `${Math.round(ms)} ms`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}
