import type { Notifier } from '../control/index.ts';
import { createFileNotifier } from './file-notifier.ts';
import { createSlackNotifier } from './slack-notifier.ts';

export interface NotifierSettings {
  readonly logFile: string;
  readonly slackWebhookUrl: string | null;
  readonly smtpUrl: string | null;
  readonly emailFrom: string;
  readonly emailTo: string | null;
}

const TIMEOUT_MS = 10_000;

/** The channels that are configured; the log file always is. */
export async function openNotifiers(settings: NotifierSettings): Promise<readonly Notifier[]> {
  const { logFile, slackWebhookUrl, smtpUrl, emailFrom, emailTo } = settings;
  const notifiers = [createFileNotifier(logFile)];
  if (slackWebhookUrl !== null) {
    notifiers.push(createSlackNotifier({ webhookUrl: slackWebhookUrl, timeoutMs: TIMEOUT_MS }));
  }
  if (smtpUrl !== null && emailTo !== null) {
    // Loaded only where it is used: it is the largest of the three by far.
    const { createSmtpNotifier } = await import('./smtp-notifier.ts');
    notifiers.push(createSmtpNotifier({ url: smtpUrl, from: emailFrom, to: emailTo, timeoutMs: TIMEOUT_MS }));
  }
  return notifiers;
}
