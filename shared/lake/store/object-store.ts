import { PlatformError } from '../../errors.ts';

/**
 * The one port of the lake: a flat store of immutable objects with an atomic "create, unless it is there".
 * A path is relative to the store's root, its segments separated by '/'; no empty segment, no `.` or `..`.
 * Every adapter passes `object-store.contract.ts`.
 */
export interface ObjectStore {
  get(path: string): Promise<Uint8Array | null>;
  /** Creates or replaces; durable when resolved, and no reader ever sees a part of it. */
  put(path: string, bytes: Uint8Array): Promise<void>;
  /** Of any number of concurrent calls for one path exactly one is told `created`; durable when resolved. */
  putIfAbsent(path: string, bytes: Uint8Array): Promise<'created' | 'exists'>;
  /** Objects whose path starts with `prefix` and, where given, sorts after `after`; ascending by the path's UTF-8 bytes. */
  list(prefix: string, after?: string): Promise<readonly StoredObject[]>;
  /** Resolves too when there is no such object. */
  delete(path: string): Promise<void>;
  /** True where `putIfAbsent` is known to keep its promise; else the first write to a table puts it to the test. */
  readonly createsExclusively?: boolean;
  /** What a SQL engine opens: an absolute file path or `s3://bucket/key`. */
  uri(path: string): string;
}

export interface StoredObject {
  readonly path: string;
  readonly size: number;
  /** Milliseconds since 1970 UTC. */
  readonly modifiedAt: number;
}

/** Joins path segments; empty ones (a table at the root of its store) vanish. */
export function joinPath(...segments: readonly string[]): string {
  return segments.filter((segment) => segment !== '').join('/');
}

/** What the path of everything below `folder` starts with; below the root of a store everything lies. */
export function folderPrefix(folder: string): string {
  return folder === '' ? '' : `${folder}/`;
}

/** The segments of an object path; throws `lake_path_invalid` for one that could name something outside a store. */
export function objectPathSegments(path: string): string[] {
  const refuse = (why: string) =>
    new PlatformError('lake_path_invalid', `object path ${JSON.stringify(path)} ${why}`);
  if (path.includes('\0')) throw refuse('holds a NUL');
  if (path.includes('\\')) throw refuse('holds a backslash');
  const segments = path.split('/');
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) {
    throw refuse("has an empty segment, '.' or '..'");
  }
  return segments;
}
