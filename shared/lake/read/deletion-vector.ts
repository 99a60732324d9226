// https://github.com/delta-io/delta/blob/master/PROTOCOL.md#deletion-vectors
import { crc32 } from 'node:zlib';
import { PlatformError } from '../../errors.ts';
import { storePathOf } from '../data-files/file-path.ts';
import type { DeletionVector } from '../log/actions.ts';
import { joinPath, type ObjectStore } from '../store/object-store.ts';
import { decodeRoaringBitmap } from './roaring-bitmap.ts';
import { decodeZ85 } from './z85.ts';

/** First byte of a file of deletion vectors. */
const FILE_VERSION = 1;
/** Of a UUID in Z85, the end of the path of a vector beside its table. */
const UUID_CHARACTERS = 20;

/** Reads the deletion vectors of one table; a file that holds those of several data files is fetched once. */
export class DeletionVectorReader {
  readonly #store: ObjectStore;
  readonly #table: string;
  readonly #files = new Map<string, Promise<Uint8Array | null>>();

  constructor(store: ObjectStore, table: string) {
    this.#store = store;
    this.#table = table;
  }

  /** Ordinals in their data file of the rows that are deleted, ascending. */
  async read(vector: DeletionVector): Promise<Uint32Array> {
    const path = deletionVectorPath(this.#store, this.#table, vector);
    if (path === null) {
      const bytes = decodeZ85(vector.pathOrInlineDv).subarray(0, vector.sizeInBytes);
      return decodeRoaringBitmap(bytes, vector.cardinality, 'a deletion vector in the log');
    }
    const file = await this.#fetch(path);
    if (file === null) {
      throw new PlatformError(
        'lake_data_file_missing',
        `table ${this.#table} lists a deletion vector that is not in the store: ${path}`,
      );
    }
    return decodeRoaringBitmap(stored(file, vector, path), vector.cardinality, path);
  }

  #fetch(path: string): Promise<Uint8Array | null> {
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    const fetched = this.#store.get(path);
    this.#files.set(path, fetched);
    return fetched;
  }
}

/** Where in its store the file lies that holds a deletion vector of `table`; null for one that the log itself holds. */
export function deletionVectorPath(
  store: ObjectStore,
  table: string,
  { storageType, pathOrInlineDv }: DeletionVector,
): string | null {
  if (storageType === 'i') return null;
  if (storageType === 'p') return storePathOf(store, table, pathOrInlineDv);
  if (storageType !== 'u') {
    throw new PlatformError(
      'lake_feature_unsupported',
      `deletion vectors of storage type ${JSON.stringify(storageType)} are not supported`,
    );
  }
  const folder = pathOrInlineDv.slice(0, -UUID_CHARACTERS);
  const id = Buffer.from(decodeZ85(pathOrInlineDv.slice(-UUID_CHARACTERS))).toString('hex');
  const uuid = id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return joinPath(table, folder, `deletion_vector_${uuid}.bin`);
}

/** The vector in its file: size, bytes and checksum, all big endian. */
function stored(file: Uint8Array, { offset = 1, sizeInBytes }: DeletionVector, path: string): Uint8Array {
  const corrupt = (why: string) => new PlatformError('lake_deletion_vector_corrupt', `${path}: ${why}`);
  if (file[0] !== FILE_VERSION) throw corrupt(`version ${file[0]} is not ${FILE_VERSION}`);
  const start = offset + 4;
  const end = start + sizeInBytes;
  if (end + 4 > file.length) throw corrupt(`it has ${file.length} bytes, the log tells of ${end + 4}`);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const size = view.getInt32(offset);
  if (size !== sizeInBytes)
    throw corrupt(`${size} bytes at ${offset}, of which the log tells ${sizeInBytes}`);
  const bytes = file.subarray(start, end);
  const [expected, found] = [view.getUint32(end), crc32(bytes)];
  if (expected !== found) throw corrupt(`checksum ${found} at ${offset} is not ${expected}`);
  return bytes;
}
