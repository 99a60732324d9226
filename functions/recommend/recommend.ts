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
import { PlatformError } from '../../shared/errors.ts';
import type { EventLog } from '../../shared/kafka/index.ts';
import type { OnlineProduct, OnlineStore } from '../../shared/online/index.ts';
import {
  type Explanation,
  FEATURE_SET,
  NAMING_SOURCES,
  type RecommendedItem,
  rankShelf,
  type ShelfRequest,
} from '../../shared/ranking/index.ts';
import {
  exposureOf,
  type NewProductDial,
  ProductReader,
  readHistory,
  type ServingState,
} from '../../shared/serving/index.ts';
import type { ProductRequest, RecommendRequest } from './request.ts';
import { topSellable } from './top-sellable.ts';

export interface RecommendPorts {
  readonly online: OnlineStore;
  readonly servingState: () => Promise<ServingState>;
  readonly eventLog: Pick<EventLog, 'append'>;
  readonly now: () => EpochMillis;
  readonly newId: () => string;
  /** New products are given no places where it is left out. */
  readonly newProducts?: NewProductDial;
}

export interface AnsweredItem {
  readonly productId: ProductId;
  readonly name: string;
  readonly category: string;
  readonly price: Money;
  readonly score: number;
  readonly source: string;
  readonly reason: string;
  /** Of a request with `explain` alone. */
  readonly explanation?: Explanation;
}

export interface Answer {
  /** Of a customer's shelf. */
  readonly userId?: UserId;
  /** Of a product's shelf. */
  readonly productId?: ProductId;
  readonly recommendationId: string;
  readonly modelVersion: string | null;
  readonly generatedAt: string;
  readonly fallback: string | null;
  readonly items: readonly AnsweredItem[];
}

/**
 * Ranks the catalogue for a shelf, a customer's from the customer's own history as the online store has it at this moment, and
 * records the answer in `recommendation_events`. A product that is inactive, out of stock, deleted or excluded is never in it. Where
 * nothing on the shelf itself can be sold a simpler source answers, which `fallback` names.
 * @throws PlatformError `not_found` for the shelf of a product that the shop does not have
 */
export async function recommend(request: RecommendRequest, ports: RecommendPorts): Promise<Answer> {
  const now = ports.now();
  const state = await ports.servingState();
  const { ranker, modelVersion } = state;
  const products = new ProductReader(ports.online);
  const asked = await shelfRequestOf(request, now, state, products, ports);
  const { fallback, items } = await topSellable(rankShelf(ranker, asked), request, products);
  // A prediction is explained by a product of the history, whose name is looked up only then.
  const naming: ReadonlySet<string> = NAMING_SOURCES;
  if (items.some(({ source }) => naming.has(source)))
    await products.read(asked.history.map(({ product }) => product));
  const served = soldItems(items, products);
  const answer: Answer = {
    ...('userId' in request ? { userId: request.userId } : {}),
    ...('productId' in request ? { productId: request.productId } : {}),
    recommendationId: ports.newId(),
    modelVersion,
    generatedAt: new Date(now).toISOString(),
    fallback,
    items: served.map((item) => answeredItem(item, request)),
  };
  await record(answer, asked, served, now, ports.eventLog);
  return answer;
}

async function shelfRequestOf(
  request: RecommendRequest,
  now: EpochMillis,
  { featuresAsOf, newProducts }: ServingState,
  products: ProductReader,
  { online, newProducts: dial }: RecommendPorts,
): Promise<ShelfRequest> {
  const { shelf } = request;
  const at = shopTime(now, featuresAsOf);
  const nameOf = (product: number) => products.known(product)?.name;
  const ofNobody = { shelf, now: at, history: [], nameOf };
  switch (shelf) {
    case 'trending':
      return ofNobody;
    case 'similar':
    case 'bought-together':
      return { ...ofNobody, ...(await aroundProduct(request, products)) };
    case 'basket': {
      const { basket = [] } = request;
      await products.read(basket);
      return { ...ofNobody, about: basket };
    }
    default: {
      const { userId } = request;
      const exposure = dial && exposureOf(newProducts, dial, userId, now);
      return { ...ofNobody, history: await readHistory(userId, at, online), exposure };
    }
  }
}

async function aroundProduct(
  { shelf, productId }: ProductRequest,
  products: ProductReader,
): Promise<Pick<ShelfRequest, 'about' | 'isAlike'>> {
  await products.read([productId]);
  const product = products.known(productId);
  if (product === undefined) throw new PlatformError('not_found', `the shop has no product ${productId}`);
  const about = [productId];
  if (shelf !== 'similar') return { about };
  /** What has not been read may be. */
  const isAlike = (other: number): boolean =>
    !products.hasRead(other) || products.known(other)?.category === product.category;
  return { about, isAlike };
}

interface SoldItem {
  readonly item: RecommendedItem;
  readonly product: OnlineProduct;
}

function soldItems(items: readonly RecommendedItem[], products: ProductReader): SoldItem[] {
  return items.flatMap((item) => {
    const product = products.known(item.product);
    return product === undefined ? [] : [{ item, product }];
  });
}

function answeredItem({ item, product }: SoldItem, { explain }: RecommendRequest): AnsweredItem {
  const { score, source, reason } = item;
  const { name, category, price } = product;
  return {
    ...{ productId: productId(item.product), name, category, price, score, source, reason },
    ...(explain ? { explanation: item.explanation } : {}),
  };
}

async function record(
  { userId, recommendationId, modelVersion, fallback, items }: Answer,
  { shelf, about = [] }: ShelfRequest,
  served: readonly SoldItem[],
  generatedAt: EpochMillis,
  eventLog: Pick<EventLog, 'append'>,
): Promise<void> {
  const value = encodeBehaviourEvent({
    type: 'served',
    recommendationId,
    userId: userId ?? null,
    generatedAt,
    shelf,
    about: about.map(productId),
    fallback,
    modelVersion,
    featureSet: served.some(({ item }) => item.features !== null) ? FEATURE_SET : null,
    items: items.map(({ productId, score, source, reason }, place) => ({
      productId,
      score,
      source,
      reason,
      features: served[place]?.item.features ?? null,
    })),
  });
  const key = Buffer.from(String(userId ?? recommendationId));
  await eventLog.append([{ topic: BEHAVIOUR_TOPIC, timestamp: generatedAt, key, value }]);
}
