import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { afterEach, describe, expect, it } from 'vitest';
import type { PlatformAlert } from '../control/index.ts';
import { epochMillis } from '../domain/index.ts';
import { createFileNotifier } from './file-notifier.ts';
import { openNotifiers } from './notifiers.ts';
import { createSlackNotifier } from './slack-notifier.ts';
import { createSmtpNotifier } from './smtp-notifier.ts';

const ALERT: PlatformAlert = {
  alertId: 'daily/r1/train-model',
  kind: 'job-failed',
  at: epochMillis(Date.UTC(2026, 10, 23, 2, 15)),
  source: 'daily/train-model',
  title: 'Job train-model of the daily pipeline failed',
  detail: 'factor <NaN> & worse\n.\nBcc: everybody@example.com',
};

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function httpServer(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('file notifier', () => {
  it('appends one JSON line per alert', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'alerts '));
    cleanups.push(() => rm(folder, { recursive: true }));
    const path = join(folder, 'not yet there', 'alerts.log');
    const notifier = createFileNotifier(path);
    await Promise.all([notifier.notify(ALERT), notifier.notify({ ...ALERT, alertId: 'b' })]);
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).alertId).sort()).toEqual(['b', ALERT.alertId]);
    expect(JSON.parse(lines[0]!)).toMatchObject({ at: '2026-11-23T02:15:00.000Z', detail: ALERT.detail });
  });
});

describe('slack notifier', () => {
  it('posts the text with the markup of Slack escaped', async () => {
    const posts: { url: string | undefined; body: unknown }[] = [];
    const base = await httpServer(async (request, response) => {
      posts.push({ url: request.url, body: JSON.parse(await text(request)) });
      response.end('ok');
    });
    await createSlackNotifier({ webhookUrl: `${base}/services/T0/B0/secret`, timeoutMs: 2000 }).notify(ALERT);
    expect(posts).toEqual([
      {
        url: '/services/T0/B0/secret',
        body: {
          text: 'Job train-model of the daily pipeline failed\ndaily/train-model, 2026-11-23 02:15:00 UTC\n\nfactor &lt;NaN&gt; &amp; worse\n.\nBcc: everybody@example.com\n\nalert daily/r1/train-model',
        },
      },
    ]);
  });

  it.each([
    [
      'an error',
      (_: IncomingMessage, response: ServerResponse) => response.writeHead(403).end('invalid_token'),
      /403: invalid_token/,
    ],
    [
      'a redirect',
      (_: IncomingMessage, response: ServerResponse) => response.writeHead(302, { location: '/' }).end(),
      /no answer/,
    ],
    ['silence', () => {}, /no answer.*(timeout|aborted)/],
  ])('fails on %s without telling the secret', async (_, answer, message) => {
    const base = await httpServer(answer);
    const notifier = createSlackNotifier({ webhookUrl: `${base}/services/secret`, timeoutMs: 200 });
    const error = await notifier.notify(ALERT).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'notification_failed',
      retryable: true,
      message: expect.stringMatching(message),
    });
    expect((error as Error).message).not.toContain('secret');
  });

  it.each([
    'http://hooks.example.com/x',
    'http://10.0.0.7/x',
    'http://127.0.0.1.example.com/x',
    'file:///etc/passwd',
  ])('refuses %s', (webhookUrl) => {
    expect(() => createSlackNotifier({ webhookUrl, timeoutMs: 1 })).toThrow(/must be an https URL/);
  });
});

describe('smtp notifier', () => {
  async function mailServer(refuse: string | null) {
    const mails: { to: string[]; mail: string }[] = [];
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      onData: (stream, session, done) => {
        text(stream).then((mail) => {
          mails.push({ to: session.envelope.rcptTo.map((recipient) => recipient.address), mail });
          done(refuse === null ? undefined : new Error(refuse));
        }, done);
      },
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => new Promise<void>((resolve) => server.close(resolve)));
    return { mails, port: (server.server.address() as AddressInfo).port };
  }

  it('sends one mail with the whole alert', async () => {
    const { mails, port } = await mailServer(null);
    const options = { url: `smtp://127.0.0.1:${port}`, from: 'insight@example.com', to: 'ops@example.com' };
    await createSmtpNotifier({ ...options, timeoutMs: 2000 }).notify({
      ...ALERT,
      title: 'Failed\r\nBcc: x@example.com',
    });
    expect(mails).toHaveLength(1);
    expect(mails[0]?.to).toEqual(['ops@example.com']);
    const [head = '', body = ''] = mails[0]!.mail.split('\r\n\r\n', 2);
    expect(head).toMatch(/^From: insight@example\.com$/m);
    expect(head).toMatch(/^Message-ID: <[0-9a-f]{32}@customer-insight>$/m);
    expect(head).toMatch(/^Date: Mon, 23 Nov 2026 02:15:00 \+0000$/m);
    expect(head).not.toMatch(/^Bcc:/m);
    expect(body).toContain('daily/train-model, 2026-11-23 02:15:00 UTC');
    expect(mails[0]?.mail).toContain('alert daily/r1/train-model');
  });

  it('fails when the server refuses, without telling the password', async () => {
    const { port } = await mailServer('mailbox full');
    const notifier = createSmtpNotifier({
      url: `smtp://127.0.0.1:${port}`,
      from: 'insight@example.com',
      to: 'ops@example.com',
      timeoutMs: 2000,
    });
    await expect(notifier.notify(ALERT)).rejects.toMatchObject({
      code: 'notification_failed',
      retryable: true,
      message: expect.stringMatching(/e-mail to ops@example\.com was not sent: .*mailbox full/),
    });
  });

  it('fails when nobody listens', async () => {
    const notifier = createSmtpNotifier({
      url: 'smtp://user:hunter2@127.0.0.1:1',
      from: 'insight@example.com',
      to: 'ops@example.com',
      timeoutMs: 2000,
    });
    const error = await notifier.notify(ALERT).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'notification_failed' });
    expect((error as Error).message).not.toContain('hunter2');
  });
});

describe('openNotifiers', () => {
  it('opens what is configured', async () => {
    const none = {
      logFile: '/x',
      slackWebhookUrl: null,
      smtpUrl: null,
      emailFrom: 'a@example.com',
      emailTo: null,
    };
    const channels = async (settings: Parameters<typeof openNotifiers>[0]) =>
      (await openNotifiers(settings)).map((notifier) => notifier.channel);
    expect(await channels(none)).toEqual(['file']);
    expect(
      await channels({
        ...none,
        slackWebhookUrl: 'https://hooks.example.com/x',
        smtpUrl: 'smtps://mail.example.com',
        emailTo: 'b@example.com',
      }),
    ).toEqual(['file', 'slack', 'email']);
  });
});
