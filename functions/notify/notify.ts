import {
  type ControlTable,
  claimDelivery,
  finishDelivery,
  type LeaseTime,
  type Notifier,
  type PlatformAlert,
  recordAlert,
} from '../../shared/control/index.ts';
import { messageOf, PlatformError } from '../../shared/errors.ts';
import type { KafkaRecord } from '../../shared/kafka/index.ts';
import { alertOfRecord, deliveryIdOf } from './alert-of-record.ts';

export interface NotifyPorts {
  readonly notifiers: readonly Notifier[];
  readonly controlTable: ControlTable;
  readonly time: LeaseTime;
}

export interface NotifyReport {
  readonly alerts: number;
  /** Deliveries made now. */
  readonly delivered: number;
  /** Deliveries that had been made before. */
  readonly repeated: number;
}

/** Longer than any notifier's own timeout; then a claim may be taken over from an invocation that died. */
export const CLAIM_MS = 15_000;

/**
 * Keeps every alert for the dashboard and tells it once by each channel. A channel or a record that fails does not
 * keep the others from being tried; the batch then fails as a whole, and its repetition does only what is missing.
 * @throws notification_failed (retryable) naming what failed
 */
export async function notify(records: readonly KafkaRecord[], ports: NotifyPorts): Promise<NotifyReport> {
  const failures: string[] = [];
  const attempt = async <T>(act: () => Promise<T>): Promise<T | null> => {
    try {
      return await act();
    } catch (thrown) {
      failures.push(messageOf(thrown));
      return null;
    }
  };
  let [delivered, repeated] = [0, 0];
  for (const record of records) {
    const alert = await attempt(async () => alertOfRecord(record));
    if (alert === null) continue;
    await attempt(() => recordAlert(ports.controlTable, alert));
    const deliveries = ports.notifiers.map((notifier) => attempt(() => deliverOnce(alert, notifier, ports)));
    for (const delivery of await Promise.all(deliveries)) {
      if (delivery === 'delivered') delivered++;
      if (delivery === 'repeated') repeated++;
    }
  }
  if (failures.length > 0) {
    throw new PlatformError('notification_failed', failures.join('; '), {
      retryable: true,
      details: { failures },
    });
  }
  return { alerts: records.length, delivered, repeated };
}

async function deliverOnce(
  alert: PlatformAlert,
  notifier: Notifier,
  ports: NotifyPorts,
): Promise<'delivered' | 'repeated'> {
  const { controlTable, time } = ports;
  const key = { id: deliveryIdOf(alert), channel: notifier.channel };
  for (;;) {
    const claim = await claimDelivery(controlTable, key, time.now(), CLAIM_MS);
    if (claim === 'delivered') return 'repeated';
    if (claim === 'claimed') break;
    await time.wait(1_000);
  }
  try {
    await notifier.notify(alert);
  } catch (thrown) {
    await finishDelivery(controlTable, key, 'failed', time.now());
    throw thrown;
  }
  await finishDelivery(controlTable, key, 'delivered', time.now());
  return 'delivered';
}
