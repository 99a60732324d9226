import { type FoldedUser, positionOf } from '../als/index.ts';
import { DAY_MS } from '../domain/index.ts';
import { CANDIDATE_SOURCES, type CandidateSource } from './candidates.ts';
import { type OwnProduct, personalScore, usualGap } from './history.ts';
import { type NeighbourTable, similarityOf, supportOf } from './neighbour-table.ts';
import type { Popularity } from './popularity.ts';
import type { CustomerSignals } from './ranker.ts';
import type { RankingMoment } from './ranking-features.ts';
import type { Weights } from './settings.ts';
import { type ShopState, UNKNOWN_CATEGORY } from './shop-state.ts';

export type Source = CandidateSource;

/** Sources whose reason names a product of the customer's history. */
export const NAMING_SOURCES: ReadonlySet<Source> = new Set(['als', 'neighbours', 'companions', 'together']);

export interface ExplainedPosition {
  readonly signals: CustomerSignals;
  readonly position: number;
  readonly weights: Weights;
  /** What the trees looked at; null where the blend ranks. */
  readonly moment: RankingMoment | null;
  readonly customer: FoldedUser | null;
  readonly popularity: Popularity;
  readonly now: number;
  readonly nameOf: ((product: number) => string | undefined) | undefined;
}

export function popularReason({ days, recent, overall }: Popularity, product: number): string {
  const orders = recent.get(product) ?? 0;
  if (orders > 0) return `popular in the last ${plural(days, 'day')}: ${plural(orders, 'order')}`;
  return `popular over all time: ${plural(overall.get(product) ?? 0, 'order')}`;
}

export function sourceOf({ signals, position, weights, moment }: ExplainedPosition): Source {
  const own = signals.own.get(position);
  const row = moment === null ? -1 : moment.candidates.products.indexOf(signals.products[position]!);
  if (moment !== null && row >= 0) return own === undefined ? strongestSource(moment, row) : 'personal';
  const personal = own === undefined ? 0 : personalScore(own, weights);
  const popular = weights.popularity * signals.popularity[position]!;
  const als = weights.als * signals.als[position]!;
  if (own !== undefined && personal >= Math.max(popular, als)) return 'personal';
  return als > popular ? 'als' : 'popular';
}

/** The source in whose list the candidate stands highest, the earlier of `CANDIDATE_SOURCES` among equals. */
function strongestSource({ candidates: { places } }: RankingMoment, row: number): Source {
  return CANDIDATE_SOURCES.reduce((best, source) =>
    places[source][row]! < places[best][row]! ? source : best,
  );
}

/** Naming the cause of a prediction costs a solve. */
export function reasonOf(source: Source, explained: ExplainedPosition): string {
  const { signals, position, moment, customer, popularity, now, nameOf } = explained;
  const product = signals.products[position]!;
  const own = signals.own.get(position);
  if (source === 'personal' && own !== undefined) return personalReason(own, now);
  if (source === 'als') return alsReason(customer, product, nameOf);
  if (source !== 'popular' && moment !== null) {
    const { shop, customer: buyer } = moment;
    const nearest = (table: NeighbourTable, bought: Iterable<number>): NamedNeighbour | null =>
      nearestOf(shop, table, bought, product, nameOf);
    if (source === 'together')
      return togetherReason(nearest(shop.together, buyer.lastBasket)) ?? 'goes with what you bought last';
    if (source === 'companions')
      return togetherReason(nearest(shop.together, buyer.own.keys())) ?? 'goes with what you buy';
    if (source === 'neighbours')
      return neighboursReason(nearest(shop.neighbours, buyer.own.keys())) ?? LIKE_YOURS;
    if (source === 'category') return categoryReason(moment, product);
  }
  return popularReason(popularity, product);
}

const LIKE_YOURS = 'customers with a history like yours buy it';

/** A product, and with how many orders or customers another one is near it. */
export interface NamedNeighbour {
  readonly name: string;
  /** Orders, or customers, with both products; very large ones are not counted. */
  readonly support: number;
}

/** @param near by orders with both */
export function togetherReason(near: NamedNeighbour | null): string | null {
  return near === null ? null : `bought together with ${near.name} in ${plural(near.support, 'order')}`;
}

/** @param near by customers of both */
export function neighboursReason(near: NamedNeighbour | null): string | null {
  return near === null ? null : `bought by ${plural(near.support, 'customer')} who also bought ${near.name}`;
}

function categoryReason({ shop, affinities }: RankingMoment, product: number): string {
  const category = shop.categoryOf[positionOf(shop.products, product)] ?? UNKNOWN_CATEGORY;
  const share = affinities.get(category)?.share ?? 0;
  return share < 0.005
    ? 'popular in a category that you buy'
    : `popular in a category that makes up ${Math.round(100 * share)} % of what you buy`;
}

function personalReason(own: OwnProduct, now: number): string {
  const last = daysAgo(now - own.lastAt);
  const gap = usualGap(own);
  if (gap !== null && gap >= DAY_MS)
    return `you buy it about every ${plural(Math.round(gap / DAY_MS), 'day')}, last time ${last}`;
  return own.baskets === 1
    ? `you bought it ${last}`
    : `you bought it ${own.baskets} times, last time ${last}`;
}

/** Names the product of the history that adds most to the prediction. */
function alsReason(
  customer: FoldedUser | null,
  product: number,
  nameOf: ExplainedPosition['nameOf'],
): string {
  let cause: { item: number; amount: number } | null = null;
  for (const one of customer?.contributionsTo(product) ?? []) {
    if (one.item !== product && (cause === null || one.amount > cause.amount)) cause = one;
  }
  const name = cause === null ? undefined : nameOf?.(cause.item);
  return name === undefined ? LIKE_YOURS : `like what you bought: ${name}`;
}

/** The one of `bought` that is nearest to `product`; null where none is, or its name is not known. */
function nearestOf(
  { products }: ShopState,
  table: NeighbourTable,
  bought: Iterable<number>,
  product: number,
  nameOf: ExplainedPosition['nameOf'],
): NamedNeighbour | null {
  const target = positionOf(products, product);
  let nearest: { readonly id: number; readonly position: number; readonly similarity: number } | null = null;
  for (const id of bought) {
    const position = positionOf(products, id);
    const similarity = position < 0 ? 0 : similarityOf(table, position, target);
    if (similarity > (nearest?.similarity ?? 0)) nearest = { id, position, similarity };
  }
  const name = nearest === null ? undefined : nameOf?.(nearest.id);
  if (nearest === null || name === undefined) return null;
  return { name, support: supportOf(table, nearest.position, target) };
}

function daysAgo(age: number): string {
  const days = Math.floor(Math.max(0, age) / DAY_MS);
  return days === 0 ? 'today' : `${plural(days, 'day')} ago`;
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
