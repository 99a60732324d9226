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
import {
  keys,
  type OnlineProduct,
  type OnlineStore,
  PRODUCT_FIELD,
  productCodec,
  recentFactCodec,
} from '../../shared/online/index.ts';
import { type Purchase, type Recommendations, recommend as rank } from '../../shared/ranking/index.ts';
import type { RecommendRequest } from './request.ts';
import type { ServingState } from './serving-state.ts';

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

/** Products ranked at first; the whole catalogue is ranked only when the filters leave too few of them. */
const FIRST_DEPTH = 200;

/**
 * Ranks the catalogue for one customer from the customer's own history as the online store has it at this moment, and records
 * the answer in `recommendation_events`. A product that is inactive, out of stock, deleted or excluded is never in it.
 */
export async function recommend(request: RecommendRequest, ports: RecommendPorts): Promise<Answer> {
  const { userId, n } = request;
  const now = ports.now();
  const { ranker, modelVersion, featuresAsOf } = await ports.servingState();
  const at = shopTime(now, featuresAsOf);
  const history = await historyOf(userId, at, ports.online);
  const products = new ProductReader(ports.online);
  const names = await products.read(history.map(({ product }) => product));
  const nameOf = (product: number) => names.get(product)?.name;

  let ranked: Recommendations;
  let items: AnsweredItem[] = [];
  for (let depth = Math.max(FIRST_DEPTH, 2 * n); ; depth = Number.MAX_SAFE_INTEGER) {
    ranked = rank(ranker, { history, now: at, shelf: request.shelf, n: depth, nameOf });
    items = await sellable(ranked, request, products);
    if (items.length >= n || ranked.items.length < depth) break;
  }
  const answer: Answer = {
    userId,
    recommendationId: ports.newId(),
    modelVersion,
    generatedAt: new Date(now).toISOString(),
    fallback: ranked.fallback,
    items: items.slice(0, n),
  };
  await record(answer, request.shelf, now, ports.eventLog);
  return answer;
}

/** A purchase made after a history has ended counts as made at its end. */
async function historyOf(user: UserId, at: EpochMillis, online: OnlineStore): Promise<Purchase[]> {
  const [facts = new Map()] = await online.read([keys.userRecent(user)]);
  return [...facts.values()].map((text) => {
    const fact = recentFactCodec.decode(text);
    return {
      product: fact.productId,
      basket: fact.orderId,
      at: Math.min(fact.at, at),
      quantity: fact.quantity,
    };
  });
}

async function sellable(
  ranked: Recommendations,
  { category, exclude, n }: RecommendRequest,
  products: ProductReader,
): Promise<AnsweredItem[]> {
  const known = await products.read(ranked.items.map(({ product }) => product));
  const excluded = new Set<number>(exclude);
  const items: AnsweredItem[] = [];
  for (const { product: id, score, source, reason } of ranked.items) {
    const product = known.get(id);
    if (product === undefined || !product.active || product.stock <= 0 || excluded.has(id)) continue;
    if (category !== undefined && product.category !== category) continue;
    const { name, category: shelf, price } = product;
    items.push({ productId: productId(id), name, category: shelf, price, score, source, reason });
    if (items.length === n) break;
  }
  return items;
}

/** Reads each product of one request once. */
class ProductReader {
  readonly #online: OnlineStore;
  readonly #known = new Map<number, OnlineProduct | null>();

  constructor(online: OnlineStore) {
    this.#online = online;
  }

  async read(ids: readonly number[]): Promise<ReadonlyMap<number, OnlineProduct>> {
    const missing = [...new Set(ids)].filter((id) => !this.#known.has(id));
    const hashes = await this.#online.read(missing.map((id) => keys.product(productId(id))));
    missing.forEach((id, i) => {
      const text = hashes[i]?.get(PRODUCT_FIELD);
      this.#known.set(id, text === undefined ? null : productCodec.decode(text));
    });
    const products = new Map<number, OnlineProduct>();
    for (const id of ids) {
      const product = this.#known.get(id);
      if (product != null) products.set(id, product);
    }
    return products;
  }
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
    fallback,
    modelVersion,
    items: items.map(({ productId, score, source, reason }) => ({ productId, score, source, reason })),
  });
  await eventLog.append([
    { topic: BEHAVIOUR_TOPIC, timestamp: generatedAt, key: Buffer.from(String(userId)), value },
  ]);
}
