import { setTimeout as sleep } from 'node:timers/promises';
import { chooseOrder } from './choose-order.ts';
import type { SqlClient } from './insert-rows.ts';
import { placeOrder } from './place-order.ts';
import type { Random } from './random.ts';
import { type ShopEvent, SIDE_EVENTS } from './shop-events.ts';

/** One order every three seconds. */
export const DEFAULT_ORDERS_PER_SECOND = 1 / 3;

export interface SimulateOptions {
  readonly random: Random;
  readonly ordersPerSecond?: number;
  /** How many orders to place; without end where left out. */
  readonly orders?: number;
  /** Ends the simulation between two orders. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: ShopEvent) => void;
}

/** Lets customers order, at an even pace, until enough orders are placed or `signal` fires. Returns how many were placed. */
export async function simulate(client: SqlClient, options: SimulateOptions): Promise<number> {
  const { random, ordersPerSecond = DEFAULT_ORDERS_PER_SECOND, orders = Number.POSITIVE_INFINITY } = options;
  const startedAt = performance.now();
  let steps = 0;
  let placed = 0;
  while (placed < orders && !options.signal?.aborted) {
    for (const event of await simulateOrder(client, random)) {
      if (event.type === 'order' && event.result.outcome === 'placed') placed++;
      options.onEvent?.(event);
    }
    steps++;
    const waitMs = startedAt + (steps * 1000) / ordersPerSecond - performance.now();
    if (placed < orders && waitMs > 0) await pause(waitMs, options.signal);
  }
  return placed;
}

/** One order and what else happens beside it, in the order in which it happened. */
async function simulateOrder(client: SqlClient, random: Random): Promise<ShopEvent[]> {
  const request = await chooseOrder(client, random);
  const events: ShopEvent[] = [{ type: 'order', request, result: await placeOrder(client, request) }];
  for (const { chance, run } of SIDE_EVENTS) {
    if (!random.chance(chance)) continue;
    const event = await run(client, random);
    if (event !== null) events.push(event);
  }
  return events;
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
}
