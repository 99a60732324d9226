import type { EpochMillis } from '../domain/index.ts';
import { PlatformError } from '../errors.ts';
import type { ControlTable } from './control-table.ts';
import { decodeItem, encodeItem } from './item-format.ts';

/** A job gave up; a record exhausted its retries; a record could not be read and lies in `quarantine/records`. */
export type AlertKind = (typeof KINDS)[number];

/** Something an operator should know. Travels as a record of topic `platform_alerts`. */
export interface PlatformAlert {
  /** The same for every delivery of the same alert. */
  readonly alertId: string;
  readonly kind: AlertKind;
  readonly at: EpochMillis;
  /** Where it happened: `pipeline/job`, or the topic. */
  readonly source: string;
  /** One plain sentence. */
  readonly title: string;
  /** The error and what identifies it, for whoever looks into it. */
  readonly detail: string;
}

export const ALERTS_TOPIC = 'platform_alerts';

const KINDS = ['job-failed', 'dead-letter', 'quarantine'] as const;

/** The alert as a record to append to the event log. */
export function alertRecord(alert: PlatformAlert) {
  return {
    topic: ALERTS_TOPIC,
    timestamp: alert.at,
    key: Buffer.from(alert.alertId),
    value: encodeAlert(alert),
  };
}

export function encodeAlert(alert: PlatformAlert): Uint8Array {
  return Buffer.from(JSON.stringify({ ...alert, format: FORMAT }));
}

/** @throws unreadable_alert naming the field that is missing or wrong */
export function decodeAlert(bytes: Uint8Array): PlatformAlert {
  const text = Buffer.from(bytes).toString('utf8');
  const value = parseObject(text);
  const refuse = (field: string): never => {
    throw new PlatformError('unreadable_alert', `alert has no usable ${field}: ${text.slice(0, 200)}`);
  };
  const string = (field: string): string => {
    const found = value[field];
    return typeof found === 'string' ? found : refuse(field);
  };
  if (value.format !== FORMAT) refuse('format');
  const at = value.at;
  const kind = string('kind');
  return {
    alertId: string('alertId'),
    kind: KINDS.find((known) => known === kind) ?? refuse('kind'),
    at: typeof at === 'number' && Number.isSafeInteger(at) ? (at as EpochMillis) : refuse('at'),
    source: string('source'),
    title: string('title'),
    detail: string('detail'),
  };
}

/** Keeps the alert for `latestAlerts`; keeping it again changes nothing. */
export async function recordAlert(table: ControlTable, alert: PlatformAlert): Promise<void> {
  const sort = `${new Date(alert.at).toISOString()}#${alert.alertId}`;
  await table.put({ partition: PARTITION, sort }, encodeItem(FORMAT, alert), null);
}

/** Newest first. */
export async function latestAlerts(table: ControlTable, limit: number): Promise<readonly PlatformAlert[]> {
  const items = await table.query({ partition: PARTITION, order: 'last-first', limit });
  return items.map((item) => decodeItem<PlatformAlert>(FORMAT, item));
}

const FORMAT = 'alert/1';
const PARTITION = 'alerts';

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return { ...value };
  } catch (cause) {
    throw new PlatformError('unreadable_alert', `alert is not JSON: ${text.slice(0, 200)}`, { cause });
  }
  throw new PlatformError('unreadable_alert', `alert is not a JSON object: ${text.slice(0, 200)}`);
}
