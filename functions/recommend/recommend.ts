import {
  BEHAVIOUR_TOPIC,
  type EpochMillis,
  encodeBehaviourEvent,
  type Money,
  type ProductId,
  productId,
  shopTime,
  type UserId,
} from '../../shared/domain/index.ts';
import type { EventLog } from '../../shared/kafka/index.ts';
import type { OnlineProduct, OnlineStore } from '../../shared/online/index.ts';
import {
  NAMING_SOURCES,
  type Purchase,
  type Recommendations,
  type RecommendedItem,
  recommend as rank,
} from '../../shared/ranking/index.ts';
import { isSellable, ProductReader, readHistory, type ServingState } from '../../shared/serving/index.ts';
import type { RecommendRequest } from './request.ts';

export interface RecommendPorts {
  readonly online: OnlineStore;
  readonly servingState: () => Promise<ServingState>;
  readonly eventLog: Pick<EventLog, 'append'>;
  readonly now: () => EpochMillis;
  readonly newId: () => string;
}

export interface AnsweredItem {
  readonly productId: ProductId;
  readonly name: string;
  readonly category: string;
  readonly price: Money;
  readonly score: number;
  readonly source: string;
  readonly reason: string;
}

export interface Answer {
  readonly userId: UserId;
  readonly recommendationId: string;
  readonly modelVersion: string | null;
  readonly generatedAt: string;
  readonly fallback: string | null;
  readonly items: readonly AnsweredItem[];
}

/** How many products are ranked at first, as a multiple of those asked for, and how much deeper each further look goes. */
const FIRST_LOOK = 4;
const DEEPER = 10;

/**
 * Ranks the catalogue for one customer from the customer's own history as the online store has it at this moment, and records
 * the answer in `recommendation_events`. A product that is inactive, out of stock, deleted or excluded is never in it. Where
 * the customer has a history and none of it can be sold on the shelf, what is popular answers, as for an unknown customer.
 */
export async function recommend(request: RecommendRequest, ports: RecommendPorts): Promise<Answer> {
  const now = ports.now();
  const { ranker, modelVersion, featuresAsOf } = await ports.servingState();
  const at = shopTime(now, featuresAsOf);
  const history = await readHistory(request.userId, at, ports.online);
  const products = new ProductReader(ports.online);
  const rankFor = (customer: Purchase[], n: number) =>
    rank(ranker, {
      history: customer,
      now: at,
      shelf: request.shelf,
      n,
      nameOf: (product) => products.known(product)?.name,
    });

  let found = await firstSellable((n) => rankFor(history, n), request, products);
  if (found.chosen.length === 0) found = await firstSellable((n) => rankFor([], n), request, products);
  // A prediction is explained by a product of the history, whose name is looked up only then.
  if (found.chosen.some(({ item }) => NAMING_SOURCES.has(item.source))) {
    await products.read(history.map(({ product }) => product));
  }
  const answer: Answer = {
    userId: request.userId,
    recommendationId: ports.newId(),
    modelVersion,
    generatedAt: new Date(now).toISOString(),
    fallback: found.fallback,
    items: found.chosen.map(answered),
  };
  await record(answer, request.shelf, now, ports.eventLog);
  return answer;
}

interface SellableItem {
  readonly item: RecommendedItem;
  readonly product: OnlineProduct;
}

/** The first `n` that can be sold, from the top of the ranking down; it is looked at as deep as that takes. */
async function firstSellable(
  rankTop: (n: number) => Recommendations,
  { category, exclude, n }: RecommendRequest,
  products: ProductReader,
): Promise<{ readonly fallback: Recommendations['fallback']; readonly chosen: SellableItem[] }> {
  const excluded = new Set<number>(exclude);
  for (let depth = FIRST_LOOK * n; ; depth *= DEEPER) {
    const { fallback, items } = rankTop(depth);
    await products.read(items.map((item) => item.product));
    const chosen: SellableItem[] = [];
    for (const item of items) {
      if (chosen.length === n) break;
      const product = products.known(item.product);
      if (!isSellable(product)) continue;
      if (excluded.has(item.product)) continue;
      if (category !== undefined && product.category !== category) continue;
      chosen.push({ item, product });
    }
    if (chosen.length === n || items.length < depth) return { fallback, chosen };
  }
}

function answered({ item, product }: SellableItem): AnsweredItem {
  const { score, source, reason } = item;
  const { name, category, price } = product;
  return { productId: productId(item.product), name, category, price, score, source, reason };
}

async function record(
  { userId, recommendationId, modelVersion, fallback, items }: Answer,
  shelf: string,
  generatedAt: EpochMillis,
  eventLog: Pick<EventLog, 'append'>,
): Promise<void> {
  const value = encodeBehaviourEvent({
    type: 'served',
    recommendationId,
    userId,
    generatedAt,
    shelf,
    about: [],
    fallback,
    modelVersion,
    featureSet: null,
    items: items.map(({ productId, score, source, reason }) => ({
      productId,
      score,
      source,
      reason,
      features: null,
    })),
  });
  await eventLog.append([
    { topic: BEHAVIOUR_TOPIC, timestamp: generatedAt, key: Buffer.from(String(userId)), value },
  ]);
}
