import type { PlatformAlert } from './alerts.ts';

/** One way of telling people about an alert. */
export interface Notifier {
  /** Unique among the configured ones, e.g. `slack`. */
  readonly channel: string;
  /** Resolves when the channel has taken the alert. @throws notification_failed */
  notify(alert: PlatformAlert): Promise<void>;
}

/** What a person reads, in plain text, first line the title. */
export function alertText(alert: PlatformAlert): string {
  const when = `${new Date(alert.at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
  return `${alert.title}\n${alert.source}, ${when}\n\n${alert.detail}\n\nalert ${alert.alertId}`;
}
