/** For tests: an HTTP proxy in front of an S3 server that breaks chosen requests in the ways networks and servers do. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse, request as sendRequest } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What happens to a request. */
export type Fault =
  /** The server does what was asked; the connection ends before its answer. */
  | { readonly kind: 'lose-answer' }
  /** The server does what was asked; its answer never comes, while the connection stays. */
  | { readonly kind: 'silence' }
  /** An answer of the proxy's own; `forward`: the server does what was asked all the same. */
  | { readonly kind: 'answer'; readonly status: number; readonly code: string; readonly forward: boolean }
  /** Half of the server's answer, then the end of the connection. */
  | { readonly kind: 'cut-answer' }
  /** The server gets half of the request's body, then the end of the connection; so does the client. */
  | { readonly kind: 'cut-upload' }
  /** The server gets the request when `until` resolves. */
  | { readonly kind: 'delay'; readonly until: Promise<unknown> };

export interface ProxiedRequest {
  readonly method: string;
  /** Path and query, still encoded. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
}

export interface FaultProxy {
  readonly url: string;
  /** All requests in the order of their arrival. */
  readonly requests: ProxiedRequest[];
  /** Asked for every request; null lets it pass. */
  decide: (request: ProxiedRequest) => Fault | null;
  /** Breaks as many of the next requests that `matches` accepts as there are faults, in this order. */
  breakNext(matches: (request: ProxiedRequest) => boolean, ...faults: readonly Fault[]): void;
  close(): Promise<void>;
}

export async function openFaultProxy(target: string): Promise<FaultProxy> {
  const requests: ProxiedRequest[] = [];
  const server = createServer((incoming, outgoing) => {
    const seen = { method: incoming.method ?? '', url: incoming.url ?? '', headers: incoming.headers };
    requests.push(seen);
    handle(incoming, outgoing, proxy.decide(seen)).catch(() => outgoing.destroy());
  });

  const handle = async (
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    fault: Fault | null,
  ): Promise<void> => {
    const body = await bytesOf(incoming);
    if (fault?.kind === 'delay') await fault.until;
    if (fault?.kind === 'cut-upload') {
      await forwardHalf(new URL(target), incoming, body);
      outgoing.destroy();
      return;
    }
    if (fault?.kind === 'answer' && !fault.forward) return answerError(outgoing, fault);
    const answer = await forward(new URL(target), incoming, body);
    const answerBody = await bytesOf(answer);
    if (fault?.kind === 'silence') return;
    if (fault?.kind === 'lose-answer') outgoing.destroy();
    else if (fault?.kind === 'answer') answerError(outgoing, fault);
    else {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      if (fault?.kind !== 'cut-answer') outgoing.end(answerBody);
      else outgoing.write(answerBody.subarray(0, answerBody.length / 2), () => outgoing.destroy());
    }
  };

  const proxy: FaultProxy = {
    url: '',
    requests,
    decide: () => null,
    breakNext: (matches, ...faults) => {
      const pending = [...faults];
      proxy.decide = (request) => (matches(request) ? (pending.shift() ?? null) : null);
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(proxy, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

/** Headers pass unchanged, the host among them, since they are signed. */
async function forward(target: URL, incoming: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
  const { method, url: path, headers } = incoming;
  const request = sendRequest({ host: target.hostname, port: target.port, method, path, headers });
  request.end(body);
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  return answer;
}

async function forwardHalf(target: URL, incoming: IncomingMessage, body: Buffer): Promise<void> {
  const { method, url: path, headers } = incoming;
  const request = sendRequest({
    host: target.hostname,
    port: target.port,
    method,
    path,
    headers,
    agent: false,
  });
  const closed = once(request, 'close');
  request.on('error', () => undefined);
  request.write(body.subarray(0, body.length / 2), () => request.destroy());
  await closed;
}

function answerError(outgoing: ServerResponse, { status, code }: { status: number; code: string }): void {
  outgoing.writeHead(status, { 'content-type': 'application/xml' });
  outgoing.end(
    `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`,
  );
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
