// `path` of an add or a deletion vector: https://github.com/delta-io/delta/blob/master/PROTOCOL.md#add-file-and-remove-file
import { PlatformError } from '../../errors.ts';
import { canonicalUri } from '../store/canonical-uri.ts';
import { joinPath, type ObjectStore } from '../store/object-store.ts';

/**
 * Where in its store a file lies that the log of `table` names by `uri`: relative to the table, or absolute as a `file:` or
 * `s3:` URI or a path. One URI decoding gives the name. What lies outside the store is refused by name.
 */
export function storePathOf(store: ObjectStore, table: string, uri: string): string {
  const path = decoded(uri);
  if (!isAbsolute(uri)) {
    requireInside(path, uri);
    return joinPath(table, path);
  }
  const root = canonicalUri(rootOf(store));
  const absolute = canonicalUri(path);
  if (!absolute.startsWith(`${root}/`)) throw refused(uri, `lies outside the store ${root}`);
  const inside = absolute.slice(root.length + 1);
  requireInside(inside, uri);
  return inside;
}

/** Whether a path of the log says more than where below the table a file lies. */
function isAbsolute(uri: string): boolean {
  return /^[a-z][a-z0-9+.-]*:|^\//i.test(uri);
}

function decoded(uri: string): string {
  try {
    return decodeURIComponent(uri);
  } catch (cause) {
    throw new PlatformError('lake_path_invalid', `data file path ${uri} is not a URI`, { cause });
  }
}

/** The URI of the store without a slash at its end; of some stores only objects have one. */
function rootOf(store: ObjectStore): string {
  return store.uri('x').slice(0, -'/x'.length);
}

function requireInside(path: string, uri: string): void {
  const segments = path.split('/');
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) {
    throw refused(uri, "has an empty segment, '.' or '..'");
  }
}

function refused(uri: string, why: string): PlatformError {
  return new PlatformError('lake_path_unsupported', `data file path ${uri} ${why}`);
}
