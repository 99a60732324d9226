import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A digest that no manifest has. */
export const OTHER_DIGEST = `sha256:${'0'.repeat(64)}`;

export function digestOf(manifest: string): string {
  return `sha256:${createHash('sha256').update(manifest).digest('hex')}`;
}

interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A registry on this machine, as the distribution specification has it, with the token flow of Docker Hub. */
export class Registry {
  /** `repository:tag` -> manifest. */
  readonly manifests = new Map<string, string>();
  readonly asked: string[] = [];
  /** Whether it announces digests that are not those of its manifests. */
  lies = false;
  readonly #scopeOfToken = new Map<string, string>();
  readonly #server: Server = createServer((request, response) => {
    const { status, headers = {}, body } = this.#answer(request);
    response.writeHead(status, headers).end(body);
  });

  start(): Promise<void> {
    return new Promise((listening) => this.#server.listen(0, '127.0.0.1', listening));
  }

  stop(): Promise<void> {
    return new Promise((stopped) => this.#server.close(() => stopped()));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  #answer(request: IncomingMessage): Reply {
    const url = new URL(request.url ?? '', this.url);
    this.asked.push(`${request.method} ${url.pathname}`);
    if (url.pathname === '/token') return this.#grant(url.searchParams);
    const [, repository = '', tag = ''] = /^\/v2\/(.+)\/manifests\/(.+)$/.exec(url.pathname) ?? [];
    const wanted = `repository:${repository}:pull`;
    const token = (request.headers.authorization ?? '').replace('Bearer ', '');
    if (this.#scopeOfToken.get(token) !== wanted) {
      const challenge = `Bearer realm="${this.url}/token",service="registry.test",scope="${wanted}"`;
      return { status: 401, headers: { 'www-authenticate': challenge }, body: '{"errors":[]}' };
    }
    const manifest = this.manifests.get(`${repository}:${tag}`);
    if (manifest === undefined) return { status: 404, body: '{"errors":[{"code":"MANIFEST_UNKNOWN"}]}' };
    const takesIndex = request.headers.accept?.includes('application/vnd.oci.image.index.v1+json');
    if (takesIndex !== true) return { status: 406, body: '' };
    const digest = this.lies ? OTHER_DIGEST : digestOf(manifest);
    return { status: 200, headers: { 'docker-content-digest': digest }, body: manifest };
  }

  #grant(query: URLSearchParams): Reply {
    if (query.get('service') !== 'registry.test') return { status: 400, body: '' };
    const scope = query.get('scope') ?? '';
    const token = `token of ${scope}`;
    this.#scopeOfToken.set(token, scope);
    return { status: 200, body: JSON.stringify({ token }) };
  }
}
