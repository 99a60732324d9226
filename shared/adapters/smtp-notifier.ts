import { createHash } from 'node:crypto';
import { createTransport } from 'nodemailer';
import { alertText, type Notifier } from '../control/index.ts';
import { messageOf, PlatformError } from '../errors.ts';

export interface SmtpNotifierOptions {
  /** `smtp://user:password@host:port` or `smtps:…`; a secret, so it appears in no message. */
  readonly url: string;
  readonly from: string;
  readonly to: string;
  /** For connecting, for the greeting and for silence, each. */
  readonly timeoutMs: number;
}

/** Plain-text e-mail. The Message-ID is that of the alert, so a mail that is sent again is known as the same. */
export function createSmtpNotifier({ url, from, to, timeoutMs }: SmtpNotifierOptions): Notifier {
  const transport = createTransport({
    url,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    channel: 'email',
    notify: async (alert) => {
      const id = createHash('sha256').update(alert.alertId).digest('hex').slice(0, 32);
      try {
        await transport.sendMail({
          from,
          to,
          subject: `[customer insight] ${alert.title}`,
          text: alertText(alert),
          messageId: `<${id}@customer-insight>`,
          date: new Date(alert.at),
        });
      } catch (cause) {
        throw new PlatformError('notification_failed', `e-mail to ${to} was not sent: ${messageOf(cause)}`, {
          retryable: true,
          cause,
        });
      }
    },
  };
}
