import type { EpochMillis } from '../domain/index.ts';
import type { ControlKey, ControlTable } from './control-table.ts';
import { decodeItem, encodeItem } from './item-format.ts';
import { type Decision, updateItem } from './update-item.ts';

/** Names one effect on the outside world, e.g. alert `a1` by channel `slack`. */
export interface DeliveryKey {
  readonly id: string;
  readonly channel: string;
}

export type DeliveryClaim = 'claimed' | 'delivered' | 'in-progress';

/**
 * Claims the right to deliver. Who claims then calls `finishDelivery`; a claim whose holder died may be taken over
 * after `claimMs`, so a death between the effect and `finishDelivery` can repeat the effect, and nothing else can.
 */
export function claimDelivery(
  table: ControlTable,
  key: DeliveryKey,
  now: EpochMillis,
  claimMs: number,
): Promise<DeliveryClaim> {
  return updateItem(table, deliveryKey(key), (current): Decision<DeliveryClaim> => {
    const stored = current && decodeItem<StoredDelivery>(FORMAT, current);
    if (stored?.status === 'delivered') return { write: null, result: 'delivered' };
    if (stored?.status === 'claimed' && stored.claimedUntil > now)
      return { write: null, result: 'in-progress' };
    return { write: encodeDelivery('claimed', now + claimMs), result: 'claimed' };
  });
}

/** `failed` gives the claim back, so that the next attempt may deliver. */
export async function finishDelivery(
  table: ControlTable,
  key: DeliveryKey,
  outcome: 'delivered' | 'failed',
  now: EpochMillis,
): Promise<void> {
  await updateItem(table, deliveryKey(key), () => ({ write: encodeDelivery(outcome, now), result: null }));
}

const FORMAT = 'delivery/1';

interface StoredDelivery {
  readonly status: 'claimed' | 'delivered' | 'failed';
  readonly claimedUntil: number;
}

function encodeDelivery(status: StoredDelivery['status'], claimedUntil: number) {
  return encodeItem(FORMAT, { status, claimedUntil } satisfies StoredDelivery);
}

function deliveryKey(key: DeliveryKey): ControlKey {
  return { partition: `delivery#${key.id}`, sort: key.channel };
}
