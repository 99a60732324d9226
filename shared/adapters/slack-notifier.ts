/** Slack's incoming webhooks: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
import { alertText, type Notifier } from '../control/index.ts';
import { messageOf, PlatformError } from '../errors.ts';

export interface SlackNotifierOptions {
  /** A secret: who has it can post. It appears in no message. `https:`, or `http:` to this machine only. */
  readonly webhookUrl: string;
  readonly timeoutMs: number;
}

/** @throws invalid_setting where the URL would carry the alert over the network in the clear */
export function createSlackNotifier({ webhookUrl, timeoutMs }: SlackNotifierOptions): Notifier {
  const url = new URL(webhookUrl);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && LOOPBACK.has(url.hostname))) {
    throw new PlatformError(
      'invalid_setting',
      `the Slack webhook must be an https URL, got ${url.protocol}//${url.hostname}`,
    );
  }
  return {
    channel: 'slack',
    notify: async (alert) => {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ text: escapeMarkup(alertText(alert)) }),
        // A webhook does not move; following a redirect would hand the alert to whoever answers.
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      }).catch((cause: unknown) => {
        throw failure(`Slack at ${url.hostname} gave no answer: ${messageOf(cause)}`, cause);
      });
      const answer = (await response.text()).slice(0, 200);
      if (!response.ok) throw failure(`Slack answered ${response.status}: ${answer}`);
    },
  };
}

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** https://docs.slack.dev/messaging/formatting-message-text#escaping */
function escapeMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function failure(message: string, cause?: unknown): PlatformError {
  return new PlatformError('notification_failed', message, { retryable: true, cause });
}
