import type { EpochMillis, UserId } from '../domain/index.ts';
import { keys, type OnlineHash, type OnlineStore, recentFactCodec } from '../online/index.ts';
import type { Purchase } from '../ranking/index.ts';

/** What the customer bought, as the online store has it at this moment. */
export async function readHistory(user: UserId, at: EpochMillis, online: OnlineStore): Promise<Purchase[]> {
  const [recent = new Map()] = await online.read([keys.userRecent(user)]);
  return historyIn(recent, at);
}

/**
 * The history in a hash `user:{id}:recent`; a purchase made after a history has ended counts as made at its end.
 * @param at the moment from which the shop is looked at
 */
export function historyIn(recent: OnlineHash, at: EpochMillis): Purchase[] {
  return [...recent.values()].map((text) => {
    const fact = recentFactCodec.decode(text);
    return {
      product: fact.productId,
      basket: fact.orderId,
      at: Math.min(fact.at, at),
      quantity: fact.quantity,
      price: Number(fact.price),
    };
  });
}
