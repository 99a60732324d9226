import { PlatformError } from '../errors.ts';

/** Where a Redis is and how to log in. `name` is for messages: it carries no password. */
export interface RedisAddress {
  readonly name: string;
  readonly isCluster: boolean;
  /** One, or for a cluster those it is asked for its others by. */
  readonly nodes: readonly [RedisNode, ...RedisNode[]];
  /** Number of the database; 0 on a cluster. */
  readonly db: number;
  readonly tls: boolean;
  readonly username: string | null;
  readonly password: string | null;
}

export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

const SCHEMES: Readonly<Record<string, { isCluster: boolean; tls: boolean }>> = {
  redis: { isCluster: false, tls: false },
  rediss: { isCluster: false, tls: true },
  'redis+cluster': { isCluster: true, tls: false },
  'rediss+cluster': { isCluster: true, tls: true },
};
const DEFAULT_PORT = 6379;

/**
 * Reads `redis://[user:password@]host[:port][/database]`, `rediss://…` (TLS), `redis+cluster://[user:password@]host:port,host:port`
 * and `rediss+cluster://…`. https://www.iana.org/assignments/uri-schemes/prov/redis
 * @throws PlatformError `invalid_online_store_url`
 */
export function parseRedisUrl(url: string): RedisAddress {
  const [scheme = '', rest = ''] = splitOnce(url, '://');
  const kind = SCHEMES[scheme];
  if (kind === undefined) throw invalid(url, `the scheme must be one of ${Object.keys(SCHEMES).join(', ')}`);
  const [authority, path = ''] = splitOnce(rest, '/');
  const at = authority.lastIndexOf('@');
  const [username, password] = at < 0 ? [null, null] : loginOf(authority.slice(0, at), url);
  const [first = '', ...others] = authority.slice(at + 1).split(',');
  const nodes: RedisAddress['nodes'] = [nodeOf(first, url), ...others.map((node) => nodeOf(node, url))];
  if (!kind.isCluster && nodes.length > 1) throw invalid(url, `several hosts need redis+cluster://`);
  if (!/^\d*$/.test(path)) throw invalid(url, `the path must be a database number`);
  const db = Number(path);
  if (kind.isCluster && db !== 0) throw invalid(url, 'a Redis Cluster has database 0 only');
  const hosts = nodes.map(({ host, port }) => `${host}:${port}`).join(',');
  const name = `${scheme}://${hosts}${db === 0 ? '' : `/${db}`}`;
  return { name, ...kind, nodes, db, username, password };
}

function nodeOf(text: string, url: string): RedisNode {
  const match = /^(\[[0-9a-fA-F:.]+\]|[^:[\]@\s?#]+)(?::(\d{1,5}))?$/.exec(text);
  const port = Number(match?.[2] ?? DEFAULT_PORT);
  if (match?.[1] === undefined || port < 1 || port > 65_535) {
    throw invalid(url, `${JSON.stringify(text)} is no host:port`);
  }
  return { host: match[1].replace(/^\[|\]$/g, ''), port };
}

function loginOf(text: string, url: string): readonly [username: string | null, password: string | null] {
  const [username, password = ''] = splitOnce(text, ':');
  try {
    return [decodeURIComponent(username) || null, decodeURIComponent(password) || null];
  } catch (cause) {
    throw invalid(url, 'the login is not percent-encoded', cause);
  }
}

function splitOnce(text: string, separator: string): readonly [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}

function invalid(url: string, why: string, cause?: unknown): PlatformError {
  const withoutLogin = url.replace(/\/\/.*@/, '//…@');
  return new PlatformError(
    'invalid_online_store_url',
    `online store url ${JSON.stringify(withoutLogin)} cannot be read: ${why}`,
    { cause },
  );
}
