import { DAY_MS, HOUR_MS } from '../../shared/domain/index.ts';
import type { Random } from './random.ts';
import { likelyMoment, shopDemand, themeDemand } from './season.ts';
import type { Shelf, Taste } from './taste.ts';

export interface Visit {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly lines: readonly BasketLine[];
}

export interface BasketLine {
  /** Index into the shelf. */
  readonly product: number;
  readonly quantity: number;
}

export interface Period {
  readonly from: number;
  /** Excluded. */
  readonly until: number;
}

/** Median days between two visits of the median customer, and how far customers differ. */
const VISIT_GAP_DAYS = 70;
const VISIT_GAP_SPREAD = 0.6;
const GAP_JITTER = 0.4;
const RHYTHM_SPREAD = 0.3;
/** Chance that a customer who tries something that gets used up keeps buying it. */
const ADOPTION = 0.4;
/** Chance, at each refill, that it was the last one. */
const LAPSE = 0.07;
const REFILL = 0.85;
/** Share of its rhythm by which a refill may come early, because the customer is in the shop anyway. */
const EARLY_REFILL = 0.3;
/** Share of lines bought for no reason of taste, only because the shop sells much of it. */
const IMPULSE = 0.15;
/** What owning a product leaves of the wish to buy it again, and to buy another of its kind. */
const OWNED_WEIGHT = 0.03;
const SAME_KIND_WEIGHT = 0.35;

/**
 * One customer's visits in `period`: refills of what is used up, each at the customer's own rhythm, and something of a
 * theme that the customer cares about at that time of year.
 */
export function visitsOf(shelf: Shelf, taste: Taste, period: Period, random: Random): Visit[] {
  const weights = Float64Array.from(taste.productWeights);
  const refills = new Map<number, Refill>();
  const gapDays = random.logNormal(VISIT_GAP_DAYS, VISIT_GAP_SPREAD);
  const visits: Visit[] = [];

  let planned = period.from + random.next() * gapDays * DAY_MS;
  while (planned < period.until) {
    const at = Math.max(likelyMoment(planned, random), (visits.at(-1)?.at ?? period.from) + HOUR_MS);
    if (at >= period.until) break;
    const refilled = dueRefills(refills, at, random);
    const chosen = chooseProducts(shelf, taste, weights, at, newLines(refilled.length, random), random);
    const products = [...new Set([...refilled, ...chosen])];
    if (products.length > 0) {
      visits.push({
        at,
        lines: products.map((product) => ({ product, quantity: quantityOf(shelf, product, random) })),
      });
    }
    for (const product of products) remember(shelf, weights, refills, product, at, random);
    planned = nextVisit(at, gapDays, refills, random);
  }
  return visits;
}

/** One basket of somebody whom the shop does not know. */
export function strangersBasket(shelf: Shelf, taste: Taste, at: number, random: Random): BasketLine[] {
  const products = chooseProducts(shelf, taste, taste.productWeights, at, newLines(0, random), random);
  return products.map((product) => ({ product, quantity: quantityOf(shelf, product, random) }));
}

interface Refill {
  readonly rhythmMs: number;
  dueAt: number;
}

function dueRefills(refills: ReadonlyMap<number, Refill>, at: number, random: Random): number[] {
  const due: number[] = [];
  for (const [product, refill] of refills) {
    const isDue = at >= refill.dueAt - EARLY_REFILL * refill.rhythmMs;
    if (isDue && random.chance(REFILL)) due.push(product);
  }
  return due;
}

function newLines(refilled: number, random: Random): number {
  if (refilled > 0 && random.chance(0.45)) return 0;
  let lines = 1;
  while (lines < 6 && random.chance(0.45)) lines++;
  return lines;
}

function chooseProducts(
  shelf: Shelf,
  taste: Taste,
  weights: Float64Array,
  at: number,
  count: number,
  random: Random,
): number[] {
  if (count === 0) return [];
  const themes = [...shelf.themes.entries()];
  const demand = themes.map(([theme], index) => (taste.themeWeights[index] ?? 0) * themeDemand(theme, at));
  const members = themes[random.weighted(demand)]?.[1] ?? [];
  const chosen = new Set<number>();
  for (let line = 0; line < count; line++) {
    if (random.chance(IMPULSE)) chosen.add(random.weighted(shelf.popularity));
    else {
      const left = members.map((product) => (chosen.has(product) ? 0 : (weights[product] ?? 0)));
      if (left.some((weight) => weight > 0)) chosen.add(members[random.weighted(left)] as number);
    }
  }
  return [...chosen];
}

function quantityOf(shelf: Shelf, product: number, random: Random): number {
  if (shelf.products[product]?.repeatDays == null) return random.chance(0.08) ? 2 : 1;
  return 1 + random.weighted([62, 27, 8, 3]);
}

function remember(
  shelf: Shelf,
  weights: Float64Array,
  refills: Map<number, Refill>,
  product: number,
  at: number,
  random: Random,
): void {
  const known = refills.get(product);
  if (known) {
    if (random.chance(LAPSE)) refills.delete(product);
    known.dueAt = at + known.rhythmMs * random.logNormal(1, 0.15);
    return;
  }
  const { kind, repeatDays } = shelf.products[product] as Shelf['products'][number];
  shelf.products.forEach((other, index) => {
    if (other.kind !== kind) return;
    weights[index] = (weights[index] ?? 0) * (index === product ? OWNED_WEIGHT : SAME_KIND_WEIGHT);
  });
  if (repeatDays !== null && random.chance(ADOPTION)) {
    const rhythmMs = repeatDays * DAY_MS * random.logNormal(1, RHYTHM_SPREAD);
    refills.set(product, { rhythmMs, dueAt: at + rhythmMs });
  }
}

function nextVisit(
  at: number,
  gapDays: number,
  refills: ReadonlyMap<number, Refill>,
  random: Random,
): number {
  const leisure = at + (gapDays * DAY_MS * random.logNormal(1, GAP_JITTER)) / shopDemand(at);
  const due = [...refills.values()].map((refill) => refill.dueAt + random.between(-2, 4) * DAY_MS);
  return Math.max(at + 2 * DAY_MS, Math.min(leisure, ...due));
}
