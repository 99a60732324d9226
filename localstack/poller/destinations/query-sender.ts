// The AWS query protocol, which SQS and SNS share: one form, posted.
// Sources: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html,
// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
import { messageOf, PlatformError } from '../../../shared/errors.ts';
import type { QueueAddress } from './destination-address.ts';
import type { SendMessage } from './queue-destination.ts';

export interface QuerySenderOptions {
  /** Of an emulator, for both services; null: AWS's own in the region of the address. */
  readonly endpoint: string | null;
  /** Returns the headers with those of the signature; null: none, as some emulators take it. */
  readonly sign: SignRequest | null;
  /** Longest wait for the answer in milliseconds; default 10,000. */
  readonly timeoutMs?: number;
}

export type SignRequest = (
  request: {
    readonly method: string;
    readonly url: URL;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  },
  scope: { readonly service: QueueAddress['type']; readonly region: string },
) => Record<string, string>;

/** @throws PlatformError `destination_unreachable` (retryable), `destination_refused` with the service's answer */
export function querySender({ endpoint, sign, timeoutMs = 10_000 }: QuerySenderOptions): SendMessage {
  return async (to, message) => {
    const url = new URL(endpoint ?? `https://${to.type}.${to.region}.amazonaws.com/`);
    const body = new URLSearchParams(formOf(to, message, url)).toString();
    const plain = { 'content-type': 'application/x-www-form-urlencoded' };
    const headers =
      sign === null
        ? plain
        : sign({ method: 'POST', url, headers: plain, body }, { service: to.type, region: to.region });
    const signal = AbortSignal.timeout(timeoutMs);
    const { status, text } = await post(url, { headers, body, signal }).catch((cause: unknown) => {
      throw new PlatformError('destination_unreachable', `${to.arn} at ${url.host}: ${messageOf(cause)}`, {
        retryable: true,
        cause,
      });
    });
    if (status === 200) return;
    throw new PlatformError('destination_refused', `${to.arn} answered ${status}: ${text.slice(0, 300)}`, {
      retryable: status === 429 || status >= 500,
    });
  };
}

function formOf(to: QueueAddress, message: string, url: URL): Record<string, string> {
  if (to.type === 'sns') {
    return { Action: 'Publish', Version: '2010-03-31', TopicArn: to.arn, Message: message };
  }
  const QueueUrl = new URL(`/${to.accountId}/${to.name}`, url).href;
  return { Action: 'SendMessage', Version: '2012-11-05', QueueUrl, MessageBody: message };
}

async function post(
  url: URL,
  request: { headers: Record<string, string>; body: string; signal: AbortSignal },
): Promise<{ status: number; text: string }> {
  const { host: _, ...headers } = request.headers;
  const response = await fetch(url, { ...request, headers, method: 'POST' });
  return { status: response.status, text: await response.text() };
}
