import { expect, it } from 'vitest';
import { planPromotion } from '../../functions/train-model/plan-promotion.ts';
import { isSale } from '../../shared/domain/index.ts';
import { trainRecommender } from '../../shared/evaluation/index.ts';
import { generateShop } from './generate.ts';

it.each(['2026-11-23', '2027-04-09', '2027-09-23'])(
  'gives the smallest shop a model that goes live, on %s too',
  async (day) => {
    const now = new Date(`${day}T15:00:00Z`);
    const { orders, orderItems } = generateShop({ seed: 1, size: 'small', now });
    const sold = new Map(
      orders.filter(({ status }) => isSale(status)).map((order) => [order.orderId, order]),
    );
    const purchases = orderItems.flatMap(({ orderId, productId, quantity }) => {
      const order = sold.get(orderId);
      return order === undefined || order.userId === null
        ? []
        : [{ customer: order.userId, product: productId, basket: orderId, at: order.createdAt, quantity }];
    });
    const trained = await trainRecommender(purchases, {
      now: now.getTime(),
      validationDays: 14,
      seed: 42,
      tryTrees: false,
    });
    expect(planPromotion(trained, null)).toMatchObject({ promote: true });
  },
);
