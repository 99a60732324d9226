import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { messageOf, PlatformError } from '../../shared/errors.ts';

/**
 * Streams the text of a file of orders, UTF-8, plain or gzipped; gzip is told by its first two bytes (RFC 1952), not by the
 * file's name.
 * @throws PlatformError `order_file_unreadable`
 */
export async function* textOf(path: string): AsyncGenerator<string> {
  const text = await openText(path);
  try {
    yield* text;
  } catch (error) {
    throw new PlatformError('order_file_unreadable', `cannot read ${path}: ${messageOf(error)}`, {
      cause: error,
    });
  } finally {
    text.destroy();
  }
}

const GZIP_MAGIC = [0x1f, 0x8b];

/** Gzip is told by its first two bytes (RFC 1952), not by the file's name. */
async function openText(path: string): Promise<Readable> {
  const magic = Buffer.alloc(2);
  try {
    const file = await open(path, 'r');
    try {
      await file.read(magic, 0, 2, 0);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw new PlatformError(
      'order_file_unreadable',
      `cannot open ${path}: ${messageOf(error)}; give the path of a CSV file of order lines or an .inter file, plain or gzipped`,
      { cause: error },
    );
  }
  const bytes = createReadStream(path);
  if (magic[0] !== GZIP_MAGIC[0] || magic[1] !== GZIP_MAGIC[1]) return bytes.setEncoding('utf8');
  const unzipped = createGunzip();
  bytes.on('error', (error) => unzipped.destroy(error));
  return bytes.pipe(unzipped).setEncoding('utf8');
}
