// https://github.com/opencontainers/distribution-spec and the naming rules of https://github.com/distribution/reference

/** `registry/repository:tag@digest`, as a compose file or a Dockerfile names an image. */
export interface ImageReference {
  /** Docker Hub's own name is left out of references: `postgres:18` is `docker.io/library/postgres:18`. */
  readonly registry: string;
  readonly repository: string;
  readonly tag: string | null;
  readonly digest: string | null;
}

export function parseImageReference(text: string): ImageReference {
  const [named = '', digest = null] = text.split('@');
  const slash = named.indexOf('/');
  const first = named.slice(0, Math.max(slash, 0));
  const hasRegistry = /[.:]|^localhost$/.test(first);
  const path = hasRegistry ? named.slice(slash + 1) : named;
  const colon = path.lastIndexOf(':');
  const repository = colon === -1 ? path : path.slice(0, colon);
  const registry = hasRegistry ? first : 'docker.io';
  return {
    registry,
    repository: registry === 'docker.io' && !repository.includes('/') ? `library/${repository}` : repository,
    tag: colon === -1 ? null : path.slice(colon + 1),
    digest,
  };
}

/**
 * What is wrong with how an image is pinned, or null. A tag that names a series (`18`, `3.7`, `stable`) moves; one with
 * a whole version or a date does not, as a rule: the digest is what makes sure.
 */
export function pinProblem(text: string): string | null {
  const { tag, digest } = parseImageReference(text);
  if (tag === null) return 'has no tag';
  if (!EXACT_TAG.test(tag)) return `has the moving tag ${tag}`;
  if (digest !== null && !DIGEST.test(digest)) return `has the malformed digest ${digest}`;
  return null;
}

const DIGEST = /^sha256:[0-9a-f]{64}$/;
/** `4.3.1`, `3.7.0.Final`, `18.4-bookworm` (Postgres has two numbers), `476` (Trino has one), `RELEASE.2025-09-07T16-13-09Z`. */
const EXACT_TAG =
  /^(v?\d+\.\d+\.\d+([.-][\w.-]+)?|\d+\.\d+-[\w.-]+|\d{3,}|RELEASE\.\d{4}-\d\d-\d\dT[\d-]+Z)$/;
