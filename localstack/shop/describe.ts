import type { OrderOutcome } from './place-order.ts';
import type { ShopEvent } from './shop-events.ts';

/** Why an order was refused, as a sentence for whoever placed it. */
export function describeRefusal(refusal: Exclude<OrderOutcome, { outcome: 'placed' }>): string {
  switch (refusal.outcome) {
    case 'unknown_user':
      return `the shop has no customer ${refusal.userId}`;
    case 'unknown_product':
      return `the shop has no product ${refusal.productId}`;
    case 'inactive_product':
      return `product ${refusal.productId} (${refusal.name}) is not sold any more`;
    case 'out_of_stock':
      return `product ${refusal.productId} (${refusal.name}) has ${refusal.stock} in stock, ${refusal.wanted} wanted`;
  }
}

/** One line about what happened. */
export function describeEvent(event: ShopEvent): string {
  switch (event.type) {
    case 'order':
      return describeOrder(event);
    case 'status':
      return `order ${event.orderId} is ${event.status}`;
    case 'purge':
      return `order ${event.orderId} was never paid and is deleted`;
    case 'restock':
      return `product ${event.productId} is restocked to ${event.stock}`;
    case 'price':
      return `product ${event.productId} costs ${event.price}`;
    case 'signup':
      return `customer ${event.userId} signs up`;
    case 'visit':
      return `customer ${event.userId} logs in`;
  }
}

function describeOrder({ request, result }: Extract<ShopEvent, { type: 'order' }>): string {
  const customer = request.userId === null ? 'a guest' : `customer ${request.userId}`;
  if (result.outcome !== 'placed') return `order of ${customer} refused: ${describeRefusal(result)}`;
  const items = result.items.map((item) => `${item.quantity} x ${item.name}`).join(', ');
  return `order ${result.orderId} of ${customer}: ${items}; total ${result.total}`;
}
