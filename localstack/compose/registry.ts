// The OCI distribution API: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
// and its token flow: https://distribution.github.io/distribution/spec/auth/token/
import { createHash } from 'node:crypto';
import { PlatformError } from '../../shared/errors.ts';
import type { ImageReference } from './image-reference.ts';

/** An index first, which stands for the image on every architecture; then the manifest of a single one. */
const MANIFEST_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');
const PATIENCE_MS = 30_000;

/** Where a registry answers; Docker Hub's API has another name than its references. */
export function registryUrl(registry: string): string {
  return registry === 'docker.io' ? 'https://registry-1.docker.io' : `https://${registry}`;
}

/**
 * The digest that a tag stands for at its registry, `sha256:…`. Public images: a token is asked for without an account.
 * @throws PlatformError `registry_refused` with the registry's answer
 */
export async function digestOfTag(
  { registry, repository, tag }: ImageReference & { readonly tag: string },
  urlOf: (registry: string) => string = registryUrl,
): Promise<string> {
  const url = new URL(`/v2/${repository}/manifests/${tag}`, urlOf(registry));
  const anonymous = await ask(url, {});
  const response =
    anonymous.status === 401
      ? await ask(url, {
          authorization: `Bearer ${await token(anonymous.headers.get('www-authenticate') ?? '', repository)}`,
        })
      : anonymous;
  if (!response.ok) throw refused(url, response, await response.text());
  const body = Buffer.from(await response.arrayBuffer());
  const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`;
  const announced = response.headers.get('docker-content-digest');
  if (announced !== null && announced !== digest) {
    throw new PlatformError(
      'registry_refused',
      `${url} announces ${announced} but its manifest is ${digest}`,
    );
  }
  return digest;
}

/** @param challenge e.g. `Bearer realm="https://auth.example/token",service="registry.example",scope="repository:a/b:pull"` */
async function token(challenge: string, repository: string): Promise<string> {
  const part = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(challenge)?.[1];
  const realm = part('realm');
  if (!/^bearer /i.test(challenge) || realm === undefined) {
    throw new PlatformError('registry_refused', `a registry asks for what this cannot give: ${challenge}`);
  }
  const url = new URL(realm);
  const service = part('service');
  if (service !== undefined) url.searchParams.set('service', service);
  url.searchParams.set('scope', part('scope') ?? `repository:${repository}:pull`);
  const response = await ask(url, {});
  const text = await response.text();
  if (!response.ok) throw refused(url, response, text);
  const granted = JSON.parse(text) as { token?: string; access_token?: string };
  const value = granted.token ?? granted.access_token;
  if (value === undefined) throw refused(url, response, text);
  return value;
}

function ask(url: URL, headers: Readonly<Record<string, string>>): Promise<Response> {
  return fetch(url, {
    headers: { accept: `${MANIFEST_TYPES}, application/json`, ...headers },
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
}

function refused(url: URL, response: Response, text: string): PlatformError {
  return new PlatformError(
    'registry_refused',
    `${url} answered ${response.status}: ${text.slice(0, 300) || response.statusText}`,
    { retryable: response.status === 429 || response.status >= 500 },
  );
}
