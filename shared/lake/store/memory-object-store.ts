import { compareUtf8 } from '../schema/utf8-order.ts';
import { type ObjectStore, objectPathSegments, type StoredObject } from './object-store.ts';

/** An object store in a Map: for tests of whatever stands on the port. `now` gives the modification times. */
export function memoryObjectStore(now: () => number = () => 0): ObjectStore {
  const objects = new Map<string, { readonly bytes: Uint8Array; readonly modifiedAt: number }>();
  return {
    get: async (path) => objects.get(checked(path))?.bytes ?? null,
    put: async (path, bytes) => {
      objects.set(checked(path), { bytes: bytes.slice(), modifiedAt: now() });
    },
    putIfAbsent: async (path, bytes) => {
      if (objects.has(checked(path))) return 'exists';
      objects.set(checked(path), { bytes: bytes.slice(), modifiedAt: now() });
      return 'created';
    },
    list: async (prefix, after = '') => {
      const found: StoredObject[] = [];
      for (const [path, { bytes, modifiedAt }] of objects) {
        if (!path.startsWith(prefix) || compareUtf8(path, after) <= 0) continue;
        found.push({ path, size: bytes.byteLength, modifiedAt });
      }
      return found.sort((left, right) => compareUtf8(left.path, right.path));
    },
    delete: async (path) => {
      objects.delete(checked(path));
    },
    createsExclusively: true,
    uri: (path) => `memory://${path}`,
  };
}

function checked(path: string): string {
  objectPathSegments(path);
  return path;
}
